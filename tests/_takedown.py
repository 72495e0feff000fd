"""A small project whose pictures come from two hosts, and a search of all that it keeps."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from augment import make
from curate import crawl, score, snapshot, split
from curate import filter as filter_
from curate.stage.params import build
from tests._shop import ROOT

STAYS, GOES = "127.0.0.1", "127.0.0.2"  # hosts
ANIMALS = ("cat", "dog", "horse", "bird", "fish", "cow")
PLACES = ("tree", "river", "house", "mountain")
TRANSFORMS = {"GaussNoise": {"p": 1.0, "std_range": [0.01, 0.05]}}


def caption(host: str, number: int) -> str:
    """Of a picture; no other picture has it."""
    animal, place = ANIMALS[number % 6], PLACES[number // 6]
    return f"a {'small' if host == STAYS else 'tall'} {animal} beside the {place}"


@contextlib.contextmanager
def hosts(pictures: dict[tuple[str, str], bytes]) -> Iterator[int]:
    """Serves pictures by host and path, and a page of each host's; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            body = pictures.get((host, self.path), b"")
            kind = "image/png"
            if self.path == "/":
                kind = "text/html"
                body = "".join(
                    f'<img src="/{n}.png" alt="{caption(host, n)}">' for n in range(20, 24)
                ).encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def drawings(drawn: Callable[..., bytes]) -> dict[tuple[str, str], bytes]:
    """Pictures by host and path, no two of which are alike."""
    shapes = ("circle", "square", "triangle")
    return {
        (host, f"/{n}.png"): drawn(shapes[n % 3], (n * 9, 90 * at, 255 - n * 9), 60 + 2 * n + at)
        for at, host in enumerate((STAYS, GOES))
        for n in range(24)
    }


def write(port: int) -> None:
    """A table of both hosts' pictures and the pages of both, as sources."""
    with Path("t.csv").open("w") as table:
        table.write("url,text\n")
        for host in (STAYS, GOES):
            table.writelines(
                f"http://{host}:{port}/{n}.png,{caption(host, n)}\n" for n in range(20)
            )
    asking = {"contact": "mailto:o@c.example", "private_hosts": ["127.0.0.0/8"], "licence": "MIT"}
    asking["language"] = "en"
    seeds = [f"http://{host}:{port}/" for host in (STAYS, GOES)]
    sources = {
        "table": {"kind": "urls", "path": "t.csv", **asking},
        "site": {"kind": "html", "seeds": seeds, "delay": 0.0, **asking},
    }
    values = {"sources": sources, "per_shard": 4, "fetch_batch": 8, "batch": 8}
    Path("params.yaml").write_text(yaml.safe_dump({"crawl": values}))


def crawled() -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())["crawl"]
    crawl.main(Path("packages"), Path("data/pool"), build(crawl.CrawlParams, values, "crawl"))


def derived() -> None:
    """Run what follows the crawl: scores, split, decisions, made pairs, snapshot."""
    data, pool = Path("data"), Path("data/pool")
    for name in ("caption", "image", "phash"):
        score.main(name, pool, data / f"scores/{name}.parquet", {}, data / f"embeddings/{name}")
    values = {"train": 0.8, "validation": 0.1, "test": 0.1, "distance": 2}
    shares = build(split.SplitParams, {**values, "shared_by": 10, "largest_group": 60}, "split")
    split.main(pool, data / "scores/phash.parquet", data / "split.parquet", shares)
    rules = {"rules": {"words": {"column": "caption.words", "at_least": 1}}}
    judged = build(filter_.FilterParams, rules, "filter")
    decisions = data / "decisions/pool.parquet"
    filter_.main(pool, data / "scores", decisions, judged)
    method = {"share": 1.0, "transforms": TRANSFORMS}
    out = data / "made/photometric"
    make.main(
        "photometric", pool, decisions, data / "split.parquet", data / "packages", out, method
    )
    for name in ("caption", "image"):
        score.main(name, data / "made", data / f"scores_made/{name}.parquet", {})
    made = data / "decisions/made.parquet"
    filter_.main(data / "made", data / "scores_made", made, judged)
    values = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["snapshot"]
    values["datasheet"]["licence_urls"]["MIT"] = "https://spdx.org/licenses/MIT.html"
    params = build(snapshot.SnapshotParams, values, "snapshot")
    folders = (pool, data / "made", data / "decisions", data / "split.parquet", data / "labels")
    snapshot.main(*folders, data / "snapshot", params)


def kept(wanted: set[bytes]) -> set[str]:
    """Files under data/ and .pairwright/ that hold any of some bytes, in tables too."""
    found = set()
    for root in ("data", ".pairwright"):
        for file in Path(root).rglob("*"):
            if file.is_file() and any(one in _content(file) for one in wanted):
                found.add(file.as_posix())
    return found


def _content(file: Path) -> bytes:
    """A file's bytes, and those of a table's values."""
    data = file.read_bytes()
    if file.suffix != ".parquet":
        return data
    rows = pq.read_table(file).to_pylist()
    return data + repr(rows).encode()
