"""Packages and web sites that are made for one test."""

import asyncio
import io
import tarfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from curate.sources._web.fetcher import Answer, Fetcher, Limits, NotTaken, Wanted
from tests._warcs import Warcs


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
def site(running: Any) -> Iterator[Site]:
    """A running, empty site."""
    made = Site()
    with running(made.server):
        yield made


Ask = Callable[..., list[Any]]
_ANY = Wanted()


@pytest.fixture
def ask() -> Ask:
    """Fetches URLs, all at once or in turn, with one Fetcher: answers, and what was not taken."""

    def get(
        *urls: str,
        wanted: Wanted = _ANY,
        lookup: Any = None,
        in_turn: bool = False,
        **changes: Any,
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
                if in_turn:
                    return [(await asyncio.gather(one, return_exceptions=True))[0] for one in work]
                return await asyncio.gather(*work, return_exceptions=True)

        found = asyncio.run(all_of_them())
        for problem in found:
            if isinstance(problem, Exception) and not isinstance(problem, NotTaken):
                raise problem
        return found

    return get


@pytest.fixture
def warcs() -> type[Warcs]:
    """What makes and reads web archives."""
    return Warcs


@pytest.fixture
def ball(drawn) -> bytes:
    """A picture."""
    return drawn("circle", "red")
