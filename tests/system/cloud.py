"""The simulator of the cloud inside the machine, and what retaind needs to find it."""

import json

KEY_ID = "SYSTEMTESTKEYID00000"
KEY_SECRET = "SYSTEMTESTSECRETTHATNOBODYMAYSEE"
CLUSTER = "amv-bp1xxxxxxxxxxxxx"
URL = "https://127.0.0.1:8443"

UNIT = """\
[Service]
ExecStart=/usr/bin/adb-simulator --port 8443 --cert /etc/cloud/server.pem --key /etc/cloud/server.key \
 --backup-seconds 1 --delete-seconds 1
[Install]
WantedBy=multi-user.target
"""

# Where the service finds the simulator, and waits short enough for a test.
DROP_IN = """\
[Service]
Environment=RETAIND_ENDPOINT=https://127.0.0.1:8443 RETAIND_CA_FILE=/etc/cloud/ca.pem
RestartSec=200ms
"""

POLICY = f"""\
version: 1
defaults:
  region: cn-hangzhou
  backup: {{schedule: none}}
  keep: {{last: 3}}
  safety: {{grace: 0s, max_delete_percent: 100, fresh_within: off}}
  refresh: 1s
clusters:
  - id: {CLUSTER}
    name: orders
"""


class Cloud:
    """The simulator, as a service of the machine."""

    def __init__(self, machine, ca):
        self.machine = machine
        machine.write("/etc/systemd/system/cloud.service", UNIT)
        for name, mode in (("ca.pem", 0o644), ("server.pem", 0o644), ("server.key", 0o600)):
            machine.write(f"/etc/cloud/{name}", (ca / name).read_text(), mode)

    def start(self):
        self.machine.run("systemctl daemon-reload; systemctl enable cloud; systemctl restart cloud")
        self.wait()

    def wait(self):
        """Until it answers. The key goes in by its control URL: no command line or file may hold the secret."""
        self.machine.run(f"curl -sS --retry 50 --retry-delay 0 --retry-connrefused --retry-max-time 20 --cacert "
                         f"/etc/cloud/ca.pem -o /dev/null {URL}/_control/clock")
        self.control("key", key=f"{KEY_ID}:{KEY_SECRET}")

    def _ask(self, path, stdin=None):
        data = "-d @-" if stdin is not None else ""
        return json.loads(self.machine.out(f"curl -sS --fail-with-body --cacert /etc/cloud/ca.pem {data} {URL}{path}",
                                           stdin=stdin))

    def control(self, command, **args):
        return self._ask("/_control", json.dumps({"command": command, **args}))

    def reset(self, sets=0, every_s=86400):
        """One cluster with so many daily sets, no faults, the right clock."""
        self.control("reset")
        self.control("clock", offset_s=0)
        # Without a log, which would keep sets that the rules do not.
        self.control("cluster", id=CLUSTER, retention_days=730, log=False)
        if sets:
            self.control("seed", count=sets, every_s=every_s)

    def calls(self, action):
        return [c for c in self._ask("/_control/log?since=0") if c["action"] == action]

    def clusters(self):
        return self._ask("/_control/state")["clusters"]

    def sets(self):
        """The sets that are there."""
        cluster = self.clusters()[0]
        return [s for s in cluster["sets"] if not s["gone"]]
