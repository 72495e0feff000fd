"""A server of pictures that counts, fails and holds back, and crawls of them."""

import contextlib
import csv
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import yaml

from curate import crawl
from curate.dataset import files
from curate.stage.params import build

ROOT = Path(crawl.__file__).parents[1]
COUNT, BATCH = 24, 4
PAGE = b'<img src="/0.png" alt="ball 0"><img src="/1.png" alt="ball 1">'


class Shop:
    """A server of numbered pictures that counts what it is asked for and can hold one back."""

    def __init__(self, pictures: list[bytes], ending: str = "png", kind: str = "image/png") -> None:
        self.ending, self.kind = ending, kind
        self.asked: Counter[int] = Counter()
        self.fails: dict[int, int] = {}  # picture -> status
        self.held: int | None = None  # picture that is not given
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.pictures = pictures
        self.pages = {"/": PAGE}
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/").partition(".")[0]
                status, body, kind = 404, b"", shop.kind
                if self.path in shop.pages:
                    status, body, kind = 200, shop.pages[self.path], "text/html"
                elif name.isdigit():
                    number = int(name)
                    shop.asked[number] += 1
                    if number == shop.held:
                        shop.reached.set()
                        shop.go_on.wait(60)
                    status, body = shop.fails.get(number, 200), shop.pictures[number]
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # of those that were killed
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


class Job:
    """A crawl of the shop's pictures, in a project folder.

    Args:
        shop: what is crawled.
        workers: address of the cluster that works in this process's place.
        out: the set, a path or a URL.
    """

    def __init__(self, shop: Shop, workers: str, out: str = "data/pool") -> None:
        self.shop = shop
        self.workers = workers
        self.out = out
        self.write(range(COUNT))

    def write(self, numbers: Any) -> None:
        with Path("t.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["url", "text", "number"])
            table.writerows(
                [f"{self.shop.root}/{n}.{self.shop.ending}", f"ball {n}", n] for n in numbers
            )
        source = {"kind": "urls", "path": "t.csv", "contact": "mailto:o@c.example"}
        source |= {"private_hosts": ["127.0.0.1"], "attempts": 1, "at_once": 2}
        self.set_source(source)

    def set_source(self, source: dict[str, Any]) -> None:
        self.params = {"sources": {"shop": source}, "per_shard": 4}
        self.params |= {"fetch_batch": BATCH, "batch": BATCH}
        Path("params.yaml").write_text(yaml.safe_dump({"crawl": self.params}))

    def run(self, out: str | None = None, **flags: bool) -> dict[str, Any]:
        """Crawl undisturbed, in this process."""
        params = build(crawl.CrawlParams, self.params, "crawl")
        return crawl.main(Path("packages"), files.place(out or self.out), params, **flags)

    def command(self, *, own_workers: bool) -> subprocess.Popen[bytes]:
        """Start a crawl as its user does."""
        words = ["-m", "curate.crawl", "--packages", "packages", "--out", self.out]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        env.pop("DASK_SCHEDULER_ADDRESS", None)
        if not own_workers:
            env["DASK_SCHEDULER_ADDRESS"] = self.workers
        return subprocess.Popen([sys.executable, *words], env=env, stderr=subprocess.PIPE)

    def undisturbed(self) -> str:
        """Hash of the set that a crawl to another place, a folder here, gives."""
        self.run("other/pool")
        return digest("other/pool")

    def busy(self, processes: Any) -> list[psutil.Process]:
        """Those of some processes that are connected to the shop."""
        port = self.shop.server.server_address[1]
        return [
            process
            for process in processes
            if any(c.raddr and c.raddr.port == port for c in process.net_connections())
        ]


def contents(folder: str) -> dict[str, bytes]:
    """Names and bytes of all files below a folder, here or on a store."""
    root = files.place(folder)
    if isinstance(root, Path):
        found = [file for file in root.rglob("*") if file.is_file()]
        return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(found)}
    names = sorted(root.fs.find(root.path))
    return {name.removeprefix(root.path).strip("/"): root.fs.cat_file(name) for name in names}


def digest(folder: str) -> str:
    """Hash of names and bytes of all that is in a folder, here or on a store."""
    found = hashlib.sha256()
    for name, data in contents(folder).items():
        found.update(name.encode())
        found.update(data)
    return found.hexdigest()


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process that was started here and to all that it started."""
    for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        one.send_signal(signal.SIGKILL)
    process.wait()
