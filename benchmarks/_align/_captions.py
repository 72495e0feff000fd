"""The project's English captions in; a project of any number of captions like them, out.

A caption is a real one in which another's object stands for one of its own: as long, as rich and as
new to the labelers as real captions are. Three tell of each picture. Pictures are names without
pixels; their regions are boxes drawn at random.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from align.scenegraph import OBJECT
from benchmarks._peer import ROOT
from curate.dataset import languages, parents, record, sets, tables

_PAIRS, _NODES = Path("data/pool/pairs.parquet"), Path("data/labels/scene/nodes.parquet")
_PACKAGES = Path("data/packages")
_PER_PICTURE = 3  # captions
_REGIONS = 4  # of a picture
_SECTIONS = {
    "label": {"scene": {}, "negatives": {}},
    "label_linked": {"knowledge": {"of": "scene"}},
    "graph": {},
}
_SHARD = {"shard": "images/none.tar", "offset": 0, "size": 1, "width": 96, "height": 96}


def made(count: int) -> Path:
    """A folder with pool, decisions, snapshot, regions and params of so many captions; made once.

    Raises:
        RuntimeError: the project has no captions.
    """
    folder = ROOT / f"align/{count}"
    if not (folder / "params.yaml").is_file():
        print(f"bench: making {count} captions in {folder}", file=sys.stderr)
        _write(folder, count)
    return folder


def _write(folder: Path, count: int) -> None:
    random = np.random.default_rng(count)
    pictures = _names(-(-count // _PER_PICTURE), random)
    uids = _names(count, random)
    captions = varied(count, random)
    rows = {
        "uid": uids,
        "image": np.repeat(pictures, _PER_PICTURE)[:count],
        "caption": captions,
        **{"lang": pa.repeat("en", count), "source": pa.repeat("made up", count)},
        **{name: pa.nulls(count, record.PAIRS.field(name).type) for name in _EMPTY},
        **{name: pa.repeat(value, count) for name, value in _SHARD.items()},
    }
    pairs = pa.table(rows)
    pool = folder / "data/pool"
    tables.write(pairs, pool / sets.PAIRS_FILE, "uid", record.PAIRS)
    placed = pairs.append_column("set", pa.repeat("data/pool", count))
    placed = placed.append_column("split", pa.repeat("train", count))
    snapshot = folder / "data/snapshot"
    tables.write(placed, snapshot / record.MANIFEST_FILE, "uid", record.MANIFEST)
    tables.write(record.PARENTS.empty_table(), snapshot / parents.FILE, parents.KEY)
    kept = pa.table({"uid": uids, "kept": pa.repeat(True, count)})
    tables.write(kept, folder / "decisions.parquet", "uid")
    regions = len(pictures) * _REGIONS
    corners = np.sort(random.random((regions, 2, 2), np.float32), axis=1)
    boxes = {
        "image": np.repeat(pictures, _REGIONS),
        "region": np.tile(np.arange(_REGIONS, dtype=np.int32), len(pictures)),
        **{name: corners[:, i // 2, i % 2] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        "label": random.integers(0, 256, regions, np.int32),
    }
    tables.write(
        pa.table(boxes), folder / "data/labels/regions/regions.parquet", ("image", "region")
    )
    (folder / "packages").symlink_to(_PACKAGES.resolve())
    (folder / "params.yaml").write_text(yaml.safe_dump(_SECTIONS))


_EMPTY = ("url", "page", "licence", "parent", "recipe")


def varied(count: int, random: np.random.Generator) -> list[str]:
    """So many captions, each a real one with one object of another."""
    captions, objects = _real()
    of = random.integers(0, len(objects), (count, 2))
    found = []
    for one, other in of.tolist():
        uid, start, end, _ = objects[one]
        caption = captions[uid]
        found.append(f"{caption[:start]}{objects[other][3]}{caption[end:]}")
    return found


def _real() -> tuple[dict[str, str], list[tuple[str, int, int, str]]]:
    """English captions of the pool by uid, and their objects: uid, start, end, words."""
    if missing := [str(path) for path in (_PAIRS, _NODES, _PACKAGES) if not path.exists()]:
        raise RuntimeError(f"no {', '.join(missing)}: run `make repro` first")
    pairs = tables.read(_PAIRS, ["uid", "caption", "lang"])
    pairs = pairs.filter(languages.english(pairs.column("lang")))
    columns = (pairs.column(name).to_pylist() for name in ("uid", "caption"))
    nodes = tables.read(_NODES, ["uid", "kind", "start", "end", "text"])
    nodes = nodes.filter(pc.equal(nodes.column("kind"), OBJECT))
    nodes = tables.rows_with(nodes, "uid", pairs.column("uid"))
    spans = (nodes.column(name).to_pylist() for name in ("uid", "start", "end", "text"))
    return dict(zip(*columns, strict=True)), list(zip(*spans, strict=True))


def _names(count: int, random: np.random.Generator) -> np.ndarray:
    digits = random.bytes(16 * count).hex()
    return np.array([digits[start : start + 32] for start in range(0, len(digits), 32)], object)
