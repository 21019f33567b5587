"""Who is told: receivers of messages inside the machine, as strict as the real ones."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile

from machine import eventually

PORT = 8097
URL = f"http://127.0.0.1:{PORT}"
HARNESS = pathlib.Path(__file__).resolve().parents[1] / "integration/harness/sinks.py"
sys.path.insert(0, str(HARNESS.parents[1]))
from harness.sinks import DING_SECRET  # noqa: E402

# What stands in the page, and what it is in the machine.
OURS = {"https://hc-ping.com/your-uuid": f"{URL}/ping/uuid",
        "https://oapi.dingtalk.com/robot/send?access_token=your-token": f"{URL}/robot/send?access_token=T",
        "SECyour-signature-key": DING_SECRET}


def ours(script):
    for theirs, own in OURS.items():
        script = script.replace(theirs, own)
    return script


@contextlib.contextmanager
def listening(world):
    """Yields a function that returns the lines of what came: `ping PATH "WORDS"`, `message KIND "TEXT"`."""
    with tempfile.TemporaryFile("w+") as said:
        # This machine's python, in that one's network.
        command = world.machine.command("python3", str(HARNESS), str(PORT), network_only=True)
        with subprocess.Popen(command, stdout=said) as server:
            def lines():
                said.seek(0)
                return said.read().splitlines()
            try:
                eventually("they listen", lambda: world.machine.run(
                    f"curl -s {URL}/ping/first", check=False).returncode == 0)
                yield lines
            finally:
                server.terminate()
