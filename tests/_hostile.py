"""A server that does what no decent server would, and answers as they stand on the wire."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator


class Hostile:
    """A server on loopback whose answers are raw bytes, or functions that do with a socket what
    no decent server would."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Callable[[socket.socket], None]] = {}
        self.asked: list[str] = []  # paths, in the order of the requests
        self.heads: list[str] = []  # whole requests
        self.times: list[float] = []  # monotonic seconds of the requests
        self.left = threading.Event()  # set when a client went while it was being answered
        self.open, self.most = 0, 0  # requests without an answer now, and at most
        self.seconds = 0.0  # until an answer of bytes is sent
        self._lock = threading.Lock()
        hostile = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                hostile.talk(self.request)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"

    def talk(self, connection: socket.socket) -> None:
        """Answer one request and close."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(65536)):
                return
            head += part
        path = head.split(b" ")[1].decode()
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
            self.asked.append(path)
            self.heads.append(head.decode())
            self.times.append(time.monotonic())
        answer = self.answers.get(path, raw(b"", "404 Not Found"))
        try:
            if not isinstance(answer, bytes):
                answer(connection)
        except OSError:
            self.left.set()
        time.sleep(self.seconds)
        with self._lock:
            self.open -= 1  # before the client can know that it may ask again
        if isinstance(answer, bytes):
            with contextlib.suppress(OSError):
                connection.sendall(answer)

    def times_of(self, path: str) -> list[float]:
        """When a path was asked for."""
        return [t for asked, t in zip(self.asked, self.times, strict=True) if asked == path]


def raw(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    """An answer as it stands on the wire."""
    stated = {"Content_Length": len(body), "Content_Type": "image/png", "Connection": "close"}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (stated | headers).items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


@contextlib.contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    """A server at work until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.contextmanager
def hostile_server() -> Iterator[Hostile]:
    """A running server without answers."""
    made = Hostile()
    with running(made.server):
        yield made
