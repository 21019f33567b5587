"""A network of its own for the calling thread and for all that it starts: the names, addresses and
certificate authorities of the field, and no way out.

    enter(directory, hosts=["adb.cn-hangzhou.aliyuncs.com"], ca_file=cloud.ca_file)
    Relay(OUTSIDE, 443, cloud.url)

Needs root, or run.py --isolated, which makes itself root in a user namespace."""
import ctypes
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

from harness.scenario import CLUSTER, CloudTest
from harness.simulator import Simulator

# Addresses of nobody (RFC 5737, RFC 3849): here they are on the loopback device, but they are no
# loopback addresses to a program that looks at them.
OUTSIDE, OUTSIDE6 = "192.0.2.1", "2001:db8::1"
METADATA = "100.100.100.200"
HOST = "adb.cn-hangzhou.aliyuncs.com"  # the endpoint of cn-hangzhou
SHARED = "adb.aliyuncs.com"  # where that has no address

AUTHORITIES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
NEWNS, NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mount(source, target, flags):
    _check(_libc.mount(source and str(source).encode(), str(target).encode(), None, flags, None),
           f"mount {target}")


def _over(target, directory, text):
    """Puts a file with that text in the place of `target`."""
    source = pathlib.Path(directory, target.strip("/").replace("/", "-"))
    source.write_text(text, encoding="utf-8")
    # What an earlier test of this thread has put there: its directory is gone.
    while _libc.umount2(os.path.realpath(target).encode(), 0) == 0:
        pass
    _mount(source, os.path.realpath(target), MS_BIND)


def enter(directory, hosts=(), ca_file=None):
    """`hosts`: names of OUTSIDE, or (name, address). `ca_file`: the system's only authority; without
    one there are none. `directory` keeps the files, and has to live as long as the thread."""
    _check(_libc.unshare(NEWNS | NEWNET), "unshare")
    _mount(None, "/", MS_REC | MS_PRIVATE)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (f"{OUTSIDE}/32", f"{METADATA}/32", f"{OUTSIDE6}/128"):
        subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True)
    names = [(h, OUTSIDE) if isinstance(h, str) else h for h in (*hosts, ("localhost", "127.0.0.1"))]
    _over("/etc/hosts", directory, "".join(f"{address} {name}\n" for name, address in names))
    _over("/etc/resolv.conf", directory, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    authority = pathlib.Path(ca_file).read_text(encoding="ascii") if ca_file else ""
    for bundle in AUTHORITIES:
        if os.path.exists(bundle):
            _over(bundle, directory, authority)


def silent_name_servers(directory):
    """Name servers that take questions and never answer. After enter(); returns their sockets, to be kept."""
    addresses = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    _over("/etc/resolv.conf", directory,
          "".join(f"nameserver {a}\n" for a in addresses) + "options timeout:10 attempts:3\n")
    servers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in addresses]
    for server, address in zip(servers, addresses):
        server.bind((address, 53))
    return servers


def small_disk(folder, size):
    """A disk of that size ("16m") at an empty folder; to be taken away by unmount(). After enter()."""
    _check(_libc.mount(b"none", folder.encode(), b"tmpfs", 0, f"size={size}".encode()), f"mount {folder}")


def unmount(folder):
    _check(_libc.umount2(folder.encode(), 2), f"umount {folder}")  # MNT_DETACH


def hide(folder):
    """Leaves nothing of a folder to be seen, if there is one. After enter()."""
    if os.path.isdir(folder):
        _check(_libc.mount(b"none", os.path.dirname(folder).encode(), b"tmpfs", 0, None), f"mount {folder}")


class Listener:
    """Takes connections at an address in threads; `serve(peer)` does the rest."""

    def __init__(self, address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=128)
        self.port = self.listener.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            with peer:
                self.serve(peer)
        except OSError:
            pass

    def serve(self, peer):
        raise NotImplementedError


def _copy(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
    except OSError:
        pass
    for end in (source, to):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(one, other):
    """Passes bytes between two connections until either ends."""
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


class Relay(Listener):
    """Passes connections on to a simulator. With `plain`, its clients speak http, whatever that does."""

    def __init__(self, address, port, url, plain=False):
        target = urllib.parse.urlsplit(url)
        self.target = (target.hostname, target.port)
        self.wrap = plain and target.scheme == "https"
        super().__init__(address, port)

    def serve(self, peer):
        with socket.create_connection(self.target) as upstream:
            if self.wrap:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                upstream = context.wrap_socket(upstream)
            join(peer, upstream)


class ConnectProxy(Listener):
    """An HTTP proxy that knows CONNECT. `asked`: the targets. `answer`: what to say instead (b"": nothing),
    to all but the first `refuse_after`."""

    def __init__(self, address="127.0.0.1", port=0, answer=None, refuse_after=0):
        self.asked, self.answer, self.heads, self.refuse_after = [], answer, [], refuse_after
        super().__init__(address, port)

    def serve(self, peer):
        head = b""
        while b"\r\n\r\n" not in head:
            more = peer.recv(65536)
            if not more:
                return
            head += more
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append(f"{method} {target}")
        self.heads.append(head.decode("latin-1"))
        if self.answer is not None and len(self.asked) > self.refuse_after:
            peer.sendall(self.answer)
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as upstream:
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            join(peer, upstream)


class TlsServer(Listener):
    """Says TLS as `versions` (least, most) allow, and answers every request with `reply`."""

    def __init__(self, address, port, certificate, versions, reply):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version, self.context.maximum_version = versions
        self.context.load_cert_chain(f"{certificate}/server.pem", f"{certificate}/server.key")
        self.reply, self.requests = reply, 0
        super().__init__(address, port)

    def serve(self, peer):
        with self.context.wrap_socket(peer, server_side=True) as secured:
            if secured.recv(65536):
                self.requests += 1
                secured.sendall(self.reply)


class Network(CloudTest):
    """A daemon that is told nothing but the region, in a network where that leads to the simulator."""

    hosts, names = [HOST], [HOST]

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="retaind-isolated-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.cloud = Simulator("--cluster", CLUSTER, https=True, names=self.names)
        self.enter()
        self.cloud.start()
        self.addCleanup(self.cloud.stop)
        self.ca = self.cloud.ca_file
        self.trust(self.ca)

    def enter(self):
        enter(self.directory, hosts=self.hosts)

    def trust(self, ca_file):
        """Makes it the system's only authority."""
        with open(ca_file, encoding="ascii") as f:
            authority = f.read()
        for bundle in AUTHORITIES:
            if os.path.exists(bundle):
                with open(bundle, "w", encoding="ascii") as f:
                    f.write(authority)

    def listen(self, address=OUTSIDE, port=443):
        return Relay(address, port, self.cloud.url)

    def daemon(self, **more):
        # Empty is as if it were not there.
        env = {"RETAIND_ENDPOINT": "", "RETAIND_CA_FILE": "", **more.pop("env", {})}
        return super().daemon(env=env, **more)

    def works(self, **more):
        with self.daemon(**more) as d:
            d.until("listed", complete=True)
        calls = self.cloud.log()
        self.assertEqual({("DescribeBackups", 200)} - {(c["action"], c["status"]) for c in calls}, set())
        return calls

    def fails(self, pattern, **more):
        """It says so, goes on, and takes nothing for data."""
        with self.daemon(**more) as d:
            d.wait_said(pattern)
            self.assertRegex(d.status()["trouble"], pattern)
            self.assertFalse(d.status()["complete"])
            self.assertEqual(1, d.ctl("health")[0] // 2)
        self.assertEqual([], [c for c in self.cloud.log() if c["status"] == 200])
