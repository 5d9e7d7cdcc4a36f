# SPDX-License-Identifier: MIT
"""A server that lies: raw sockets, a thread for each connection, one function for each lie (lies.py).

It answers GET /LIE-N with that lie, and GET /good-N as a decent server does, over kept connections."""
import json
import random
import socket
import struct
import threading

HANG_SECONDS = 60


class Gone(Exception):
    """The client has closed, or the server is to end."""


def good_body(key):
    """What the client is to have, byte for byte, for a key that is answered decently."""
    return json.dumps({"id": key, "name": "Oy " + key[::-1], "pad": "x" * (len(key) * 37 % 500)}).encode()


def head(status="200 OK", *headers):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1")


def whole(body, *headers, status="200 OK"):
    """An answer whose Content-Length is right."""
    return head(status, f"Content-Length: {len(body)}", *headers) + body


class Peer:
    """The server's side of one connection. `key` is what the last request asked for."""

    def __init__(self, sock, server):
        self.sock = sock
        self.server = server
        self.key = ""
        self.headers = {}
        self._pending = b""
        self._sending = threading.Lock()

    def read_request(self):
        """False where the client has closed instead of asking."""
        while b"\r\n\r\n" not in self._pending:
            got = self._receive()
            if not got:
                return False
            self._pending += got
        text, self._pending = self._pending.split(b"\r\n\r\n", 1)
        lines = text.decode("latin-1").split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        self.headers = {name.lower(): value for name, value in self.headers.items()}
        target = lines[0].split(" ")[1]
        self.key = target.lstrip("/").split("?")[0]
        self.server.note(target, text)
        return True

    def _receive(self):
        try:
            return self.sock.recv(65536)
        except OSError as error:
            raise Gone from error

    def send(self, data):
        try:
            with self._sending:
                self.sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def later(self, seconds, data):
        """Sends it then, whatever is going on on the connection."""
        def send():
            try:
                self.send(data)
            except Gone:
                pass
        timer = threading.Timer(seconds, send)
        timer.daemon = True
        timer.start()

    def flood(self, data, pause=0):
        """The same again and again, as fast as it is taken or 256 KB at a time, until the client has had
        enough."""
        block = data * max(1, (1 << 18) // len(data))
        while not self.server.quit.is_set():
            self.send(block)
            if pause:
                self.wait(pause)

    def drip(self, data, pause=1.0):
        for byte in data:
            self.send(bytes([byte]))
            self.wait(pause)

    def wait(self, seconds):
        if self.server.quit.wait(seconds):
            raise Gone

    def hang(self):
        """Says nothing more until the client closes."""
        self.sock.settimeout(HANG_SECONDS)
        while self._receive():
            pass
        raise Gone

    def reset(self):
        """Breaks the connection off with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def close(self):
        raise Gone

    def good(self):
        self.send(whole(good_body(self.key), "Content-Type: application/json"))


class Server:
    """On a port of its own until close(). `lies`: name -> function of a Peer; it may raise Gone, and
    where it returns, the connection serves on. `first`: functions of a Peer for the first connections,
    each before any request is read. `wrap`: makes TLS of an accepted socket."""

    def __init__(self, lies=None, first=(), wrap=None, port=0):
        self.lies = {"good": Peer.good, **(lies or {})}
        self.quit = threading.Event()
        self._first = list(first)
        self._wrap = wrap
        self._lock = threading.Lock()
        self._peers = set()
        self.requests = []  # (path, the head as it came)
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def authority(self):
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self):
        return ("https://" if self._wrap else "http://") + self.authority

    def note(self, path, text):
        with self._lock:
            self.requests.append((path, text.decode("latin-1")))

    def asked(self, key):
        """How often."""
        with self._lock:
            return sum(1 for path, _ in self.requests if path.lstrip("/").split("?")[0] == key)

    def close(self):
        self.quit.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            peers = list(self._peers)
        for sock in peers:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._accepting.join(10)

    def _accept(self):
        while not self.quit.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._peers.add(sock)
                lie = self._first.pop(0) if self._first else None
            threading.Thread(target=self._serve, args=(sock, lie), daemon=True).start()

    def _serve(self, sock, lie):
        try:
            with sock:
                if lie:
                    lie(Peer(sock, self))
                else:
                    self._serve_requests(sock)
        except (Gone, OSError):
            pass  # the client closed, or was to see us close
        finally:
            with self._lock:
                self._peers.discard(sock)

    def _serve_requests(self, sock):
        peer = Peer(self._wrap(sock) if self._wrap else sock, self)
        with peer.sock:
            while peer.read_request():
                self.lies[peer.key.rsplit("-", 1)[0]](peer)


def random_sequence(names, length, seed):
    """Keys of lies and of good ones, about half and half, each with a number of its own."""
    rng = random.Random(seed)
    return [f"{rng.choice(names) if rng.random() < 0.5 else 'good'}-{n}" for n in range(length)]
