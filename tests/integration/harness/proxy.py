"""A proxy on loopback that cuts replies short: byte by byte, head and body alike."""
import socket
import threading
import urllib.parse


class CutProxy:
    """Stands before a simulator (plain http). `cut(action, params, reply)` says how many bytes of the
    reply go through before the connection ends; None lets it whole."""

    ca_file = None

    def __init__(self, cloud, cut):
        self.cut = cut
        target = urllib.parse.urlsplit(cloud.url)
        self.target = (target.hostname, target.port)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    @staticmethod
    def _message(peer):
        """One HTTP message as it came; b"" at the end. Bodies have a Content-Length here."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = peer.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            more = peer.recv(65536)
            if not more:
                break
            body += more
        return head + b"\r\n\r\n" + body

    def _serve(self, peer):
        try:
            with peer, socket.create_connection(self.target) as upstream:
                while request := self._message(peer):
                    upstream.sendall(request)
                    reply = self._message(upstream)
                    at = self.cut(*self._what(request), reply)
                    peer.sendall(reply if at is None else reply[:at])
                    if at is not None:
                        return
        except OSError:
            pass

    @staticmethod
    def _what(request):
        lines = request.decode("latin-1").split("\r\n")
        query = urllib.parse.urlsplit(lines[0].split(" ")[1]).query
        action = next(x.split(": ")[1] for x in lines if x.lower().startswith("x-acs-action:"))
        return action, dict(urllib.parse.parse_qsl(query))
