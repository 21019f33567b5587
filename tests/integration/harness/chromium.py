"""A headless Chromium, driven over its pipe, with the standard library alone."""
import base64
import json
import os
import select
import subprocess
import tempfile
import time

HANG_S = 300  # No test waits so long for something that comes, on however busy a machine.


class Chromium:
    """One page: `with Chromium() as page: page.open(path)`. Notes what it asks of the network and what it
    complains of."""

    def __init__(self):
        self.requests, self.complaints, self.loaded = [], [], False
        self._number, self._buffer = 0, b""
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-test-", ignore_cleanup_errors=True)

    def __enter__(self):
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # --remote-debugging-pipe reads from 3 and writes to 4; dup2 in the child puts them there.
        keep = [os.dup(theirs_in), os.dup(theirs_out)]

        def place():
            a, b = os.dup(keep[0]), os.dup(keep[1])
            os.dup2(a, 3, inheritable=True)
            os.dup2(b, 4, inheritable=True)
        self._log = open(os.path.join(self._profile.name, "log"), "wb")
        self._process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self._profile.name}/profile", "about:blank"],
            close_fds=False, preexec_fn=place, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env=dict(os.environ, HOME=self._profile.name))
        for fd in (theirs_in, theirs_out, *keep):
            os.close(fd)
        target = self._wait_for_page()
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True, _session=None)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", _session=None)
            self._process.wait(10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired, RuntimeError):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._log.close()
        self._profile.cleanup()

    def _wait_for_page(self):
        end = time.monotonic() + HANG_S
        while time.monotonic() < end:
            targets = self.call("Target.getTargets", _session=None)["targetInfos"]
            pages = [t["targetId"] for t in targets if t["type"] == "page"]
            if pages:
                return pages[0]
            time.sleep(0.1)
        raise TimeoutError("chromium shows no page")

    def call(self, method, _session="own", **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if _session == "own":
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + HANG_S
        while time.monotonic() < end:
            answer = self._read(end)
            if answer.get("id") != self._number:
                self._note(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]
        raise TimeoutError(method)

    def _read(self, end):
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("chromium does not answer")
            data = os.read(self._in, 1 << 20)
            if not data:
                raise OSError("chromium ended")
            self._buffer += data
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Page.loadEventFired":
            self.loaded = True

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)

    def colours(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, path):
        self.loaded = False
        self.call("Page.navigate", url=f"file://{os.path.abspath(path)}")
        end = time.monotonic() + HANG_S
        while not self.loaded:
            self._note(self._read(end))

    def value(self, expression):
        """What an expression of JavaScript gives."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def press(self, key, code, text=None):
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
