#!/usr/bin/env python3
"""The command line, and how the program begins and ends."""

import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from common import CLUSTER, HANG_S, Client, Simulator, listing, program


def run(*args):
    done = subprocess.run([program(), *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=HANG_S)
    return done.returncode, done.stdout, done.stderr


class CommandLine(unittest.TestCase):
    def test_serves_loopback_alone(self):
        for address in ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "localhost", "example.org"]:
            code, out, err = run("--address", address)
            self.assertEqual((code, out), (2, ""))
            self.assertIn(f"{address} is not a loopback address", err)

    def test_wrong_options_are_refused(self):
        for args in [["--porto"], ["extra"], ["--port", "70000"], ["--port", "x"], ["--cert", "/nonexistent"],
                     ["--switch", "order"], ["--switch", "order=up"], ["--access-key", "ID"],
                     ["--cluster", ""], ["--fault", "{"], ["--fault", '{"kind":"x"}'], ["--control", "[]"],
                     ["--control", '{"command":"x"}'], ["--backup-seconds", "soon"]]:
            code, out, err = run(*args)
            self.assertEqual((code, out), (2, ""), args)
            self.assertTrue(err, args)

    def test_certificate_needs_its_key(self):
        with tempfile.NamedTemporaryFile() as f:
            self.assertIn("go together", run("--cert", f.name)[2])
            code, _, err = run("--cert", f.name, "--key", f.name)
            self.assertEqual(code, 2)
            self.assertIn("cannot listen", err)

    def test_help_and_tables(self):
        for args, word in [(["--help"], "--access-key"), (["--switches"], "visible-at=start|finish|late"),
                           (["--faults"], "reset: how when")]:
            code, out, _ = run(*args)
            self.assertEqual(code, 0)
            self.assertIn(word, out)

    def test_readme_has_every_switch_fault_option_and_command(self):
        folder = pathlib.Path(__file__).resolve().parents[1]
        readme = (folder / "README.md").read_text()
        for row in listing("--switches"):
            values = ", ".join(f"`{v}`" for v in row["values"])
            self.assertIn(f"| `{row['name']}` | {values} | {row['fact']} |", readme)
        for row in listing("--faults"):
            args = ", ".join(f"`{a}`" for a in row["args"].split())
            self.assertIn(f"| `{row['kind']}` | {args} | {row['what']} |", readme)
        commands = re.findall(r'^\t{"([a-z-]+)", (?:run|control)_', (folder / "control.c").read_text(), re.M)
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertIn(f"| `{command}` |", readme)
        for option in re.findall(r'{"([a-z-]+)", (?:no|required)_arg', (folder / "options.c").read_text()):
            self.assertIn(f"--{option}", run("--help")[1])

    def test_world_from_the_command_line(self):
        with tempfile.TemporaryDirectory() as directory:
            port_file = pathlib.Path(directory, "port")
            with Simulator(
                    "--port-file", port_file, "--cluster", "amv-1", "--cluster", "am-2:cn-hongkong:Creating",
                    "--control", '{"command":"seed","cluster":"amv-1","count":3}',
                    "--fault", '{"kind":"refuse","nth":1}', "--switch", "order=oldest",
                    "--access-key", "TESTONLYA:TESTONLYB", "--backup-seconds", "0",
                    "--random-seed", "5") as cloud:
                self.assertEqual(cloud.url, f"http://127.0.0.1:{port_file.read_text().strip()}")
                client = Client(cloud.url, key="TESTONLYA", secret="TESTONLYB")
                self.assertEqual(client.backups("amv-1").code, "NoPermission")
                self.assertEqual(client.create("amv-1").status, 200)
                ids = client.backups("amv-1").ids
                self.assertEqual((len(ids), ids), (4, sorted(ids)))
                self.assertEqual(client.create("am-2", RegionId="cn-hongkong").code, "IncorrectDBInstanceState")
                self.assertEqual(client.call("DescribeDBClusters", RegionId="cn-hongkong").json[
                    "TotalCount"], 1)

    def test_clock_is_set_before_the_world_is_made(self):
        with Simulator("--control", '{"command":"cluster","id":"amv-1"}',
                       "--control", '{"command":"seed","count":1}', "--clock-offset", "864000") as cloud:
            self.assertGreaterEqual(cloud.sets()[0]["start"], cloud.clock()["now"][:10])

    def test_same_seed_same_world(self):
        def world(seed):
            with Simulator("--cluster", CLUSTER, "--random-seed", seed) as cloud:
                cloud.control("seed", count=5)
                return [s["size"] for s in cloud.sets()]
        self.assertEqual(world("1"), world("1"))
        self.assertNotEqual(world("1"), world("2"))

    def test_listens_on_ipv6_loopback(self):
        with Simulator("--address", "::1") as cloud:
            self.assertTrue(cloud.url.startswith("http://[::1]:"))
            self.assertEqual(Client(cloud.url).backups(CLUSTER).status, 404)


class Ending(unittest.TestCase):
    def test_ends_well_in_the_midst_of_everything(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Simulator("--cluster", CLUSTER) as cloud:
                cloud.fault("hang", action="CreateBackup")
                cloud.fault("latency", action="DescribeBackups", args={"ms": 10**9}, nth=1)
                cloud.fault("slow", action="DescribeBackups", args={"ms": 10**9}, nth=2)
                client = Client(cloud.url)
                threads = [threading.Thread(target=self.give_up, args=(f,)) for f in (
                    lambda: client.create(CLUSTER), lambda: client.backups(CLUSTER),
                    lambda: client.backups(CLUSTER))]
                for thread in threads:
                    thread.start()
                cloud.wait(lambda: len(cloud.log()) == 3)
                cloud.process.send_signal(number)
                self.assertEqual(cloud.process.wait(HANG_S), 0)
                for thread in threads:
                    thread.join()

    @staticmethod
    def give_up(call):
        try:
            call()
        except Exception:  # noqa: BLE001: any end of the connection will do
            pass

    def test_clients_that_leave_free_what_they_held(self):
        with Simulator("--cluster", CLUSTER) as cloud:
            cloud.fault("hang")
            client = Client(cloud.url)
            client.timeout = 0.05
            for _ in range(20):
                self.give_up(lambda: client.create(CLUSTER))
            directory = pathlib.Path(f"/proc/{cloud.process.pid}/fd")
            cloud.wait(lambda: len(list(directory.iterdir())) < 16)


if __name__ == "__main__":
    unittest.main()
