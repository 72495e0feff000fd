"""Packages and web sites that are made for one test."""

import asyncio
import contextlib
import io
import socket
import socketserver
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from curate.sources._web.fetcher import Answer, Fetcher, Limits, NotTaken, Wanted


@pytest.fixture
def package(project: Path) -> Callable[[str, dict[str, bytes | str]], Path]:
    """Writes packages/<name>.tgz from paths and contents, and gives the folder of packages."""

    def write(name: str, files: dict[str, bytes | str]) -> Path:
        packages = project / "packages"
        packages.mkdir(exist_ok=True)
        with tarfile.open(packages / f"{name}.tgz", "w:gz") as tar:
            for path, content in files.items():
                data = content.encode() if isinstance(content, str) else content
                info = tarfile.TarInfo(path)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return packages

    return write


class Site:
    """A web server on loopback: `pages` maps a path to (status, headers, body) or to a function."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[str] = []  # paths, in the order of the requests
        self.agents: set[str] = set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers["User-Agent"])
                answer = site.pages.get(self.path, (404, {}, b""))
                if callable(answer):
                    answer = answer(self)
                if answer is None:
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"

    def page(self, path: str, body: str, **headers: str) -> None:
        """Serve an HTML page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (200, {"Content-Type": "text/html"} | named, body.encode())

    def image(self, path: str, data: bytes, **headers: str) -> None:
        """Serve a PNG."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (200, {"Content-Type": "image/png"} | named, data)


@pytest.fixture
def site() -> Iterator[Site]:
    """A running, empty site."""
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


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


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """A running server without answers."""
    made = Hostile()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(name="raw")
def raw_answer() -> Callable[..., bytes]:
    """Makes an answer as it stands on the wire."""
    return raw


Ask = Callable[..., list[Any]]
_ANY = Wanted()


@pytest.fixture
def ask() -> Ask:
    """Fetches URLs, all at once, with one Fetcher: the answers, and what was not taken."""

    def get(
        *urls: str, wanted: Wanted = _ANY, lookup: Any = None, **changes: Any
    ) -> list[Answer | NotTaken]:
        limits = {
            "agent": "Pairwright/0.1 (+mailto:owner@crawler.example)",
            "connections": 4,
            "delay": 0.0,
            "timeout": 10.0,
            "deadline": 20.0,
            "max_bytes": 100_000,
            "max_redirects": 3,
            "attempts": 1,
            "private_hosts": frozenset({"127.0.0.0/8"}),
            "pause": 0.01,
        }

        async def all_of_them() -> list[Any]:
            async with Fetcher(Limits(**limits | changes), {}, lookup) as fetcher:
                work = [fetcher.get(url, wanted) for url in urls]
                return await asyncio.gather(*work, return_exceptions=True)

        found = asyncio.run(all_of_them())
        for problem in found:
            if isinstance(problem, Exception) and not isinstance(problem, NotTaken):
                raise problem
        return found

    return get
