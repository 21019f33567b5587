"""Who gives keys to the service: the metadata service of an ECS instance, and a credentials URI."""

import contextlib
import json
import subprocess

from cloud import KEY_SECRET
from machine import eventually

METADATA = "100.100.100.200"
SESSION = "STS.SYSTEMTEST"
ROLE = "acs:ram::1234567890123456:assumed-role/retaind/retaind"
CREDENTIALS = {"AccessKeyId": SESSION, "AccessKeySecret": KEY_SECRET, "SecurityToken": "a/token+of=sts",
               "Expiration": "2036-01-01T00:00:00Z", "Code": "Success"}

SERVER = f"""
import http.server, sys
class Keys(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        self.answer("a-token")
    def do_GET(self):
        if self.path.startswith("/latest") and self.headers["X-aliyun-ecs-metadata-token"] != "a-token":
            return self.send_error(403)
        self.answer("backup-role" if self.path.endswith("/") else '{json.dumps(CREDENTIALS)}')
    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *_):
        pass
http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Keys).serve_forever()
"""


@contextlib.contextmanager
def given(world, address=METADATA, port=80):
    """Keys of a session of ROLE, from this address; the cloud knows them."""
    machine = world.machine
    world.cloud.control("key", key=f"{SESSION}:{KEY_SECRET}:{CREDENTIALS['SecurityToken']}", arn=ROLE)
    if address == METADATA:
        machine.run(f"ip address add {METADATA}/32 dev lo")
    # This machine's python, in that one's network.
    with subprocess.Popen(machine.command("python3", "-c", SERVER, address, str(port), network_only=True)) as server:
        try:
            eventually("the keys are given", lambda: machine.run(
                f"curl -s -X PUT http://{address}:{port}/latest/api/token", check=False).returncode == 0)
            yield
        finally:
            server.terminate()
            if address == METADATA:
                machine.run(f"ip address delete {METADATA}/32 dev lo", check=False)
