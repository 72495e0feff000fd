"""A crawl that was made in, what its fetching and its writing cost by themselves out.

Run as a command it prints a JSON object: pictures, seconds of the processor for the network (from
the table of URLs to the bytes of every picture) and for writing (hashes, batches, tars, tables).
"""

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from distributed import Client

from curate import answers
from curate.dataset import sets, shards, tables
from curate.pool import Pool
from curate.sources import Found, urls
from curate.stage.params import build

_PER_SHARD = 1024


def main(params: Path, out: Path) -> None:
    """Fetch what a crawl fetched, write what it wrote.

    Args:
        params: params.yaml of the crawl, whose one source is of the kind `urls`.
        out: its set.
    """
    (source,) = yaml.safe_load(params.read_text())["crawl"]["sources"].values()
    own = {name: value for name, value in source.items() if name != "kind"}
    spent = {}
    with tempfile.TemporaryDirectory(dir=out.parent) as work:
        begun = time.process_time()
        pictures = _fetched(build(urls.Params, own, "source"), Path(work))
        spent["network"] = time.process_time() - begun
        rows, held = _stored(out)
        begun = time.process_time()
        _written(rows, held, Path(work))
        spent["write"] = time.process_time() - begun
    print(json.dumps({"pictures": pictures, **spent}))


def _fetched(params: urls.Params, work: Path) -> int:
    """Fetch every URL; gives how many pictures came."""
    items = list(urls.items(params, work, work))
    return sum(isinstance(answer, Found) for answer in urls.read_all(items, params))


def _stored(out: Path) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Answers of which a set was made, without the places of their pictures, and these."""
    pairs = tables.read(out / sets.PAIRS_FILE).to_pylist()
    with shards.ShardReader(out) as reader:
        held = [reader.read(row["shard"], row["offset"], row["size"]) for row in pairs]
    rows = []
    for row in pairs:
        caption = {name: row[name] for name in ("uid", "lang", "caption", "page")}
        same = ("url", "licence", "image", "width", "height")
        answer = {"item": row["url"], "extension": "jpg", "captions": [caption]}
        rows.append(answer | {name: row[name] for name in same})
    return rows, held


def _written(rows: list[dict[str, Any]], held: list[bytes], work: Path) -> None:
    """What `curate.gather` and `curate.pool` do with pictures that are ready."""
    batch = work / "batch.parquet"
    with answers.Blob(batch.with_suffix(".blob")) as blob:
        for row, data in zip(rows, held, strict=True):
            row |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            row |= blob.add(data)
    answers.write(rows, batch)
    found = tables.read(batch)
    pool = Pool(found.append_column("source", pa.array(["served"] * len(found))))
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None):
        places = pool.pack(work / "set", _PER_SHARD)
    pool.write(work / "set", places)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
