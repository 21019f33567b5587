"""Receivers of messages, as strict as the real ones: each takes what its vendor documents, and answers as
the vendor does, with HTTP 200 for an error where the vendor does that."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time
import urllib.parse

DING_SECRET = "SECexample0123456789abcdef"
FEISHU_SECRET = "exampleFeishuSecret"
TOKEN = "tk_0123456789"
PER_MINUTE = 20  # of DingTalk and WeCom


def sign(key, message):
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


class Receiver:
    """The path says the kind. `messages` has (kind, text for people, whole body)."""

    def __init__(self, port=0):
        self.messages, self.refused, self.pings = [], [], []
        self.broken = {}  # kind -> (status, body), instead of an answer
        self.hanging = threading.Event()
        self.times = collections.defaultdict(list)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, body):
                url = urllib.parse.urlsplit(self.path)
                kind = url.path.split("/")[1] or "ntfy"
                if kind == "hang":
                    outer.hanging.wait(60)
                    kind = "webhook"
                status, text = outer.broken.get(kind) or getattr(outer, kind)(url, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text.encode())
                except ConnectionError:
                    pass  # it did not wait

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.hanging.set()
        self.server.shutdown()
        self.server.server_close()

    def texts(self, kind=None):
        return [text for k, text, _ in self.messages if kind in (None, k)]

    def take(self, kind, text, body, answer):
        self.messages.append((kind, text, body))
        return 200, answer

    def refuse(self, kind, status, answer):
        self.refused.append((kind, answer))
        return status, answer

    def too_many(self, kind):
        now = time.monotonic()
        self.times[kind] = [t for t in self.times[kind] if t > now - 60] + [now]
        return len(self.times[kind]) > PER_MINUTE

    def robot(self, url, headers, body):
        """DingTalk's own path."""
        return self.dingtalk(url, headers, body)

    @staticmethod
    def json(headers, body, *keys):
        if not headers["Content-Type"].startswith("application/json"):
            raise ValueError("not JSON")
        value = json.loads(body)
        if isinstance(value, dict) and set(value) != set(keys):
            raise ValueError(f"keys {sorted(value)}")
        return value

    def dingtalk(self, url, headers, body):
        query = urllib.parse.parse_qs(url.query, strict_parsing=True)
        stamp = query["timestamp"][0]
        if query["access_token"] != ["T"]:
            return self.refuse("dingtalk", 200, '{"errcode":300001,"errmsg":"token is not exist"}')
        if abs(int(stamp) - time.time() * 1000) > 3600e3 or \
                query["sign"] != [sign(DING_SECRET, f"{stamp}\n{DING_SECRET}")]:
            return self.refuse("dingtalk", 200, '{"errcode":310000,"errmsg":"sign not match"}')
        if self.too_many("dingtalk"):
            return self.refuse("dingtalk", 200, '{"errcode":130101,"errmsg":"send too fast"}')
        text = self.json(headers, body, "msgtype", "text")["text"]["content"]
        if "retaind" not in text or len(body) > 20000:
            return self.refuse("dingtalk", 200, '{"errcode":310000,"errmsg":"keywords not in content"}')
        return self.take("dingtalk", text, body, '{"errcode":0,"errmsg":"ok"}')

    def feishu(self, url, headers, body):
        value = self.json(headers, body, "timestamp", "sign", "msg_type", "content")
        if value["sign"] != sign(f"{value['timestamp']}\n{FEISHU_SECRET}", "") or \
                abs(int(value["timestamp"]) - time.time()) > 3600:
            return self.refuse("feishu", 200, '{"code":19021,"msg":"sign match fail"}')
        if self.too_many("feishu"):
            return self.refuse("feishu", 200, '{"code":11232,"msg":"frequency limited"}')
        return self.take("feishu", value["content"]["text"], body, '{"code":0,"msg":"success","data":{}}')

    def wecom(self, url, headers, body):
        if url.query != "key=K":
            return self.refuse("wecom", 200, '{"errcode":93000,"errmsg":"invalid webhook url"}')
        if self.too_many("wecom"):
            return self.refuse("wecom", 200, '{"errcode":45009,"errmsg":"api freq out of limit"}')
        text = self.json(headers, body, "msgtype", "text")["text"]["content"]
        if len(text.encode()) > 2048:
            return self.refuse("wecom", 200, '{"errcode":93000,"errmsg":"too long"}')
        return self.take("wecom", text, body, '{"errcode":0,"errmsg":"ok"}')

    def slack(self, url, headers, body):
        one = self.json(headers, body, "attachments")["attachments"][0]
        if set(one) != {"fallback", "title", "text", "color"}:
            return self.refuse("slack", 400, "invalid_attachments")
        return self.take("slack", one["title"] + "\n" + one["text"], body, "ok")

    def ntfy(self, url, headers, body):
        if headers["Authorization"] != "Bearer " + TOKEN:
            return self.refuse("ntfy", 401, '{"code":40101}')
        value = self.json(headers, body, "topic", "title", "message", "priority", "tags")
        return self.take("ntfy", value["title"] + "\n" + value["message"], body, "{}")

    def webhook(self, url, headers, body):
        value = json.loads(body)
        return self.take("webhook", value["title"] + "".join(f"\n{c['level']} {c['name']}: {c['text']}"
                                                            for c in value["changes"]), body, "")

    def api(self, url, headers, body):
        alerts = self.json(headers, body)
        for a in alerts:
            if not {"alertname", "severity"} <= set(a["labels"]) or a["endsAt"] < a["startsAt"]:
                return self.refuse("alertmanager", 400, "bad alert")
        return self.take("alertmanager", "\n".join(a["annotations"]["summary"] for a in alerts), body, "")

    def ping(self, url, headers, body):
        self.pings.append((time.monotonic(), url.path, (body or b"").decode()))
        return 200, "OK"


def main():
    """Serves on the port of the first argument, and prints a line for each ping and message."""
    receiver = Receiver(int(sys.argv[1]))
    pings = messages = 0
    while True:
        for _, path, body in receiver.pings[pings:]:
            print("ping", path, json.dumps(body), flush=True)
            pings += 1
        for kind, text, _ in receiver.messages[messages:]:
            print("message", kind, json.dumps(text), flush=True)
            messages += 1
        time.sleep(0.1)


if __name__ == "__main__":
    main()
