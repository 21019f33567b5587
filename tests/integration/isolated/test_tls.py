"""What the daemon trusts and how it gets there: authorities, names, versions of TLS, proxies, IPv6. And what
is no answer of the cloud."""
import os
import pathlib
import ssl
import subprocess
import time

from harness import isolated
from harness.daemon import POLICY, eventually
from harness.isolated import HOST, OUTSIDE, OUTSIDE6, SHARED, Network
from harness.scenario import CLUSTER
from harness.simulator import ROOT, Simulator

PAGE = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 26\r\n\r\n"
        b"<html>Please log in</html>")
# Without the system's own opinion on old versions: what is refused, the daemon refuses.
LAX = "openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n"


class Authorities(Network):
    def test_the_systems_authorities_vouch_for_the_endpoint_of_the_region(self):
        self.listen()
        self.assertEqual({"https"}, {c["scheme"] for c in self.works()})

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        self.trust("/dev/null")
        self.listen()
        self.fails("Tls: .*certificate")

    def test_ca_file_takes_the_place_of_the_systems(self):
        self.listen()
        other = Simulator(https=True).start()
        self.addCleanup(other.stop)
        self.fails("Tls: .*certificate", env={"RETAIND_CA_FILE": other.ca_file})
        self.trust("/dev/null")
        self.works(env={"RETAIND_CA_FILE": self.ca})

    def test_ca_file_that_is_not_there_is_said(self):
        self.listen()
        self.fails("Tls: .*/nonexistent/ca.pem", env={"RETAIND_CA_FILE": "/nonexistent/ca.pem"})

    def test_s9_the_keys_of_connections_are_not_written_down(self):
        self.listen()
        log = os.path.join(self.directory, "keys.log")
        self.works(env={"SSLKEYLOGFILE": log})
        self.assertFalse(os.path.exists(log))


    def test_a_file_of_authorities_that_changes_is_read_again(self):
        """Without a restart: one that is added is trusted, one that is removed is trusted no more, neither by a
        connection that is kept nor by a session that is resumed."""
        other = Simulator(https=True).start()
        self.addCleanup(other.stop)
        ours, others = (pathlib.Path(f).read_text(encoding="ascii") for f in (self.ca, other.ca_file))
        self.listen()
        bundles = [bundle for bundle in isolated.AUTHORITIES if os.path.exists(bundle)]
        own = f"{self.directory}/ca.pem"
        for name, files in (("ca_file", [own]), ("system", bundles)):
            with self.subTest(name):
                def write(text):
                    for file in files:
                        pathlib.Path(file).write_text(text, encoding="ascii")

                def trusted():
                    d.ctl("prune", "orders", "--wait")
                    return d.status()["complete"] and not d.status()["trouble"]

                write(ours)
                with self.daemon(env={"RETAIND_CA_FILE": own if name == "ca_file" else ""}) as d:
                    eventually("trusted", trusted, 20)
                    write(others)
                    eventually("trusted no more", lambda: not trusted(), 20)
                    self.assertRegex(d.status()["trouble"], "Tls: .*certificate")
                    write(others + ours)
                    eventually("trusted again", trusted, 20)


class OtherHost(Network):
    names = ["adb.example.com"]

    def test_a_certificate_for_another_host_is_refused(self):
        self.listen()
        self.fails("Tls: .*adb.cn-hangzhou.aliyuncs.com")


class Versions(Network):
    def server(self, *versions):
        folder = os.path.join(self.directory, "certificate")
        subprocess.run([str(ROOT / "tests/simulator/make-test-ca"), folder, HOST], check=True)
        self.trust(f"{folder}/ca.pem")
        config = os.path.join(self.directory, "openssl.cnf")
        with open(config, "w", encoding="ascii") as f:
            f.write(LAX)
        self.env = {"OPENSSL_CONF": config}
        return isolated.TlsServer(OUTSIDE, 443, folder, versions, PAGE)

    def test_tls_1_1_is_refused(self):
        server = self.server(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
        self.fails("Tls: .*version", env=self.env)
        self.assertEqual([True, 0], [server.count > 0, server.requests])

    def test_tls_1_2_is_taken(self):
        server = self.server(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
        self.fails("BadReply", env=self.env)
        self.assertGreater(server.requests, 0)


class Proxies(Network):
    def proxied(self, name, host="127.0.0.1", **env):
        self.listen()
        proxy = isolated.ConnectProxy(host)
        self.works(env={name: f"http://{host}:{proxy.port}", **env})
        return proxy

    def test_https_proxy_of_either_spelling_is_asked_for_the_host(self):
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
            with self.subTest(name):
                self.setUp()
                proxy = self.proxied(name)
                self.assertEqual({f"CONNECT {HOST}:443"}, set(proxy.asked))
                self.assertFalse("authorization" in "".join(proxy.heads).lower())

    def test_a_proxy_has_its_own_password(self):
        self.listen()
        proxy = isolated.ConnectProxy()
        self.works(env={"https_proxy": f"http://TESTONLYUSER:TESTONLYPASS@127.0.0.1:{proxy.port}"})
        self.assertIn("Proxy-Authorization: Basic", proxy.heads[0])

    def test_no_proxy_excepts_hosts(self):
        for value in (HOST, ".aliyuncs.com", "example.com,aliyuncs.com", "*"):
            for name in ("no_proxy", "NO_PROXY"):
                with self.subTest(name, value=value):
                    self.setUp()
                    self.assertEqual([], self.proxied("https_proxy", **{name: value}).asked)
        self.setUp()
        self.assertGreater(len(self.proxied("https_proxy", no_proxy="other.example.com").asked), 0)

    def test_http_proxy_is_for_plain_http_which_is_never_sent(self):
        self.assertEqual([], self.proxied("http_proxy").asked)

    def test_loopback_is_never_proxied(self):
        proxy = isolated.ConnectProxy()
        for url in (self.cloud.url, self.cloud.url.replace("127.0.0.1", "localhost")):
            self.works(env={"RETAIND_ENDPOINT": url, "https_proxy": f"http://127.0.0.1:{proxy.port}"})
        self.assertEqual([], proxy.asked)

    def test_a_proxy_that_refuses_is_a_fault(self):
        for status in ("403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"):
            with self.subTest(status):
                self.setUp()
                answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
                proxy = isolated.ConnectProxy(answer=answer)
                self.fails(f"{status[:3]}", env={"https_proxy": f"http://127.0.0.1:{proxy.port}"})

    def test_a_proxy_that_refuses_has_sent_nothing(self):
        """So a backup is tried again soon, and is not looked for among the sets."""
        for name, answer in (("502", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
                             ("407", b"HTTP/1.1 407 Who are you?\r\nContent-Length: 0\r\n\r\n"),
                             ("403", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
                             ("closed", b""), ("broken", b"HTTP/1.1 200 Well\r\n\r\nno TLS at all")):
            with self.subTest(name):
                self.setUp()
                self.listen()
                self.cloud.control("seed", count=3, end_in_s=-7200)
                # The listing has a connection by then, and CreateBackup opens its own.
                proxy = isolated.ConnectProxy(refuse_after=1, answer=answer)
                policy = POLICY.replace("schedule: none", "every: 1h")
                with self.daemon(policy=policy, env={"https_proxy": f"http://127.0.0.1:{proxy.port}"}) as d:
                    word = "Tls" if name == "broken" else "Proxy"
                    d.wait_said(f"CreateBackup was not carried out.*{word}: ", 15)
                    self.assertEqual([], self.cloud.log(action="CreateBackup"))
                    proxy.answer = None
                    eventually("taken", lambda: self.cloud.log(action="CreateBackup"), 60)
                    told = [e["outcome"] for e in d.history() if e["kind"] == "create-outcome"]
                    self.assertLessEqual(set(told), {"unsent", "ok"})

    def test_what_broke_behind_the_proxy_may_have_been_sent(self):
        self.listen()
        self.cloud.control("seed", count=3, end_in_s=-7200)
        self.cloud.fault("reset", action="CreateBackup")
        proxy = isolated.ConnectProxy()
        with self.daemon(policy=POLICY.replace("schedule: none", "every: 1h"),
                         env={"https_proxy": f"http://127.0.0.1:{proxy.port}"}) as d:
            d.wait_said("it is not known whether a backup was begun")

    def test_a_proxy_that_is_not_there_is_a_fault(self):
        self.fails("Connect: ", env={"https_proxy": "http://127.0.0.1:1"})

    def test_a_password_of_a_proxy_is_not_told(self):
        with self.daemon(env={"https_proxy": "http://TESTONLYUSER:TESTONLYPASS@127.0.0.1:1"}) as d:
            d.wait_said("Connect: ")
            self.assertNotIn("TESTONLYPASS", d.said() + str(d.varlink("Status")))


class Six(Network):
    hosts = [(HOST, OUTSIDE6)]

    def test_a_host_may_have_an_ipv6_address_alone(self):
        self.listen(OUTSIDE6)
        self.works()

    def test_an_address_may_be_given(self):
        self.cloud.stop()
        self.cloud = Simulator("--cluster", CLUSTER, "--address", "::1", https=True).start()
        self.addCleanup(self.cloud.stop)
        self.works(env={"RETAIND_ENDPOINT": self.cloud.url, "RETAIND_CA_FILE": self.cloud.ca_file})


class Both(Network):
    hosts = [(HOST, OUTSIDE6), (HOST, OUTSIDE)]

    def test_of_two_addresses_the_one_that_answers_is_taken(self):
        self.listen(OUTSIDE)
        self.works()


class NoName(Network):
    hosts = []

    def test_a_name_that_nobody_knows(self):
        self.fails(f"Resolve: .*{HOST}")


class SilentNameServers(Network):
    """curl#8515: nobody waits for name servers but the calls that need them."""
    hosts = []
    policy = POLICY.replace("clusters:", "accounts: {named: {login: environment}, "
                            "default: {endpoint: 'URL', ca_file: CA}}\n"
                            "clusters:\n  - {id: amv-named, account: named}")

    def enter(self):
        super().enter()
        self.servers = isolated.silent_name_servers(self.directory)
        for server in self.servers:
            self.addCleanup(server.close)

    def test_they_stop_neither_the_loop_nor_other_accounts_nor_the_end(self):
        policy = self.policy.replace("URL", self.cloud.url).replace("CA", self.ca)
        with self.daemon(policy=policy) as d:
            d.until("listed", complete=True)
            longest = 0
            for _ in range(30):  # over the first tries, and their time-outs
                begun = time.monotonic()
                d.ctl("prune", "orders", "--wait")
                longest = max(longest, time.monotonic() - begun)
                time.sleep(0.5)
            self.assertLess(longest, 5)
            self.assertRegex(d.status("amv-named")["trouble"], f"Timeout: Could not resolve host: {HOST}")
            threads = len(os.listdir(f"/proc/{d.process.pid}/task"))
            self.assertLess(threads, 8)  # a name is asked for once at a time
            begun = time.monotonic()
            self.assertEqual(0, d.stop())
            self.assertLess(time.monotonic() - begun, 5)


class Shared(Network):
    hosts = names = [SHARED]

    def test_the_shared_host_stands_in_where_the_regions_own_has_no_address(self):
        self.listen()
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.assertRegex(d.ctl("doctor")[1], f"https://{SHARED} answers")
        calls = self.cloud.log()
        self.assertEqual({(SHARED, "cn-hangzhou")}, {(c["host"], c["params"]["RegionId"]) for c in calls
                                                     if "DBClusterId" in c["params"]})

    def test_no_other_region_is_looked_for_there(self):
        self.listen()
        self.fails("Resolve: .*: adb.eu-central-1.aliyuncs.com", policy=POLICY.replace("cn-hangzhou", "eu-central-1"))


class NoAnswers(Network):
    def test_a_host_where_nobody_listens(self):
        self.fails("Connect: ")

    def test_plain_http_to_another_machine_is_refused_at_the_start(self):
        for url in (f"http://{OUTSIDE}", f"http://[{OUTSIDE6}]", f"http://{HOST}"):
            d = self.daemon(start=False, env={"RETAIND_ENDPOINT": url})
            d.start(wait=False)
            self.assertEqual(1, d.process.wait(20))
            eventually("said", lambda: d.wait_said("plain http is only for loopback"))
            d.stop()
            d.process = None

    def test_a_portal_between(self):
        """It answers in the name of everybody, with a certificate of its own; or has one that is trusted."""
        folder = os.path.join(self.directory, "portal")
        subprocess.run([str(ROOT / "tests/simulator/make-test-ca"), folder, HOST], check=True)
        portal = isolated.TlsServer(
            OUTSIDE, 443, folder, (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), PAGE)
        self.fails("Tls: .*certificate")
        self.assertEqual(0, portal.requests)
        self.trust(f"{folder}/ca.pem")
        self.fails("BadReply")
        self.assertGreater(portal.requests, 0)

    def test_a_redirect_is_not_followed(self):
        elsewhere = isolated.Relay(OUTSIDE6, 443, self.cloud.url)
        self.listen()
        self.cloud.fault("redirect", status=307, location=f"https://[{OUTSIDE6}]/")
        with self.daemon() as d:
            d.wait_said("orders: .*could not be listed")
            self.assertFalse(d.status()["complete"])
        self.assertEqual(0, elsewhere.count)
