"""Every request of the daemon, as a server sees it: with the region, and signed as the vendor's own code signs it."""
import json
import pathlib
import subprocess
import unittest
import urllib.parse

from harness.daemon import HANG_S, Daemon, eventually
from harness.proxy import CutProxy
from harness.scenario import CLUSTER, cloud

SCRIPT = pathlib.Path(__file__).with_name("requests.mjs")
KEY = {"key": "TESTONLYACCESSKEYID00", "secret": "TESTONLYACCESSKEYSECRET0000000"}
POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  keep: {{last: 3, daily: 400}}
  safety: {{grace: 0s, max_delete_percent: 100, fresh_within: off}}
  cloud_retention: ensure
clusters:
  - {{id: amv-orders, name: orders, edition: {edition}, backup: {{schedule: none}}}}
  - discover: {{tags: {{env: test}}}}
"""
EVERY = {"DescribeDBClusters", "DescribeDBClusterAttribute", "DescribeBackups", "DescribeBackupPolicy",
         "ModifyBackupPolicy", "DeleteBackups"}


class Recorder(CutProxy):
    """Lets all through, and keeps the requests."""

    def __init__(self, server):
        self.requests = []
        super().__init__(server, lambda *_: None)

    def _what(self, request):
        action, params = CutProxy._what(request)
        lines = request.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:lines.index("")] if ": " in line)
        headers = {name.lower(): value for name, value in headers.items()}
        query = urllib.parse.urlsplit(lines[0].split(" ")[1]).query
        self.requests.append({"action": action, "method": lines[0].split(" ")[0], "headers": headers,
                              "query": dict(urllib.parse.parse_qsl(query, keep_blank_values=True)), **KEY})
        return action, params


class Requests(unittest.TestCase):
    def record(self, edition):
        server = cloud()
        server.start()
        self.addCleanup(server.stop)
        server.control("seed", count=9, every_s=3600)
        with Recorder(server) as proxy:
            with Daemon(proxy, POLICY.format(edition=edition)) as d:
                d.wait_said("retention was raised")
                eventually("pruned", lambda: server.log(action="DeleteBackups"))
                d.ctl("doctor")
                if edition == "lakehouse":
                    d.varlink("Backup", cluster=CLUSTER)
                    eventually("taken", lambda: server.log(action="CreateBackup"))
            return proxy.requests

    def test_every_request_names_its_region_and_is_signed_as_the_vendor_signs(self):
        for edition, every in (("lakehouse", EVERY | {"CreateBackup"}), ("warehouse", EVERY)):
            with self.subTest(edition):
                requests = self.record(edition)
                ours = [r for r in requests if r["headers"]["x-acs-version"] != "2015-04-01"]
                self.assertEqual(every, {r["action"] for r in ours})
                self.assertEqual({"cn-hangzhou"}, {r["query"].get("RegionId") for r in ours})
                done = subprocess.run(["node", str(SCRIPT)], input=json.dumps(requests).encode(),
                                      stdout=subprocess.PIPE, check=True, timeout=HANG_S)
                self.assertEqual(json.loads(done.stdout), [r["headers"]["authorization"] for r in requests])


if __name__ == "__main__":
    unittest.main()
