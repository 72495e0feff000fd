"""The demo's pictures in; a snapshot of any number of pictures like them, with regions, out.

Each is a part of a real picture, turned, mirrored, lit otherwise, and encoded anew: as unlike its
neighbours as pictures of a crawl are. Regions are those of the picture that it is made of, under
its name: what they cost to read follows from their number, not from what they show.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image, ImageEnhance, ImageOps

from benchmarks._peer import ROOT
from curate.dataset import labels, parents, pictures, record, shards, tables

_SIDE = 96  # pixels
_SNAPSHOT, _LABELS, _MADE = Path("data/snapshot"), Path("data/labels"), Path("data/labels_made")
_TABLES = ("regions", "features", "images")  # of the labeler regions
_PER_SHARD = 2048


def made(count: int) -> Path:
    """A folder with `snapshot` and `labels` of so many pictures; made once.

    Raises:
        RuntimeError: the project has no snapshot.
    """
    folder = ROOT / f"search/{count}"
    if not (folder / "snapshot" / record.ID_FILE).is_file():
        if not (_SNAPSHOT / record.MANIFEST_FILE).is_file():
            raise RuntimeError(f"no {_SNAPSHOT / record.MANIFEST_FILE}: run `make repro` first")
        print(f"bench: making {count} pictures in {folder}", file=sys.stderr)
        _write(folder, count)
    return folder


def captions(folder: Path, count: int) -> list[str]:
    """So many captions of a snapshot, each once, in all its languages."""
    told = tables.read(folder / "snapshot" / record.MANIFEST_FILE, ["caption"]).column("caption")
    distinct = np.array(sorted(set(told.to_pylist())), object)
    chosen = np.random.default_rng(0).permutation(len(distinct))[:count]
    return list(distinct[chosen])


def _write(folder: Path, count: int) -> None:
    manifest = tables.read(_SNAPSHOT / record.MANIFEST_FILE)
    manifest = manifest.take(np.unique(manifest.column("image").to_numpy(), return_index=True)[1])
    regions = {name: labels.read("regions", name, _LABELS, _MADE) for name in _TABLES}
    manifest = tables.rows_with(manifest, "image", regions["images"].column("image"))
    order = np.lexsort([manifest.column(name).to_numpy() for name in ("offset", "shard", "set")])
    manifest = manifest.take(order)
    drawn = list(_varied(manifest, count))
    drawn.sort()
    of = np.array([base for _, base, _ in drawn])
    places = shards.write(
        folder / "pool", "crowd", ((name, "jpg", data) for name, _, data in drawn), _PER_SHARD
    )
    rows = manifest.take(of).to_pylist()
    for (name, _, _), row in zip(drawn, rows, strict=True):
        row |= places[name]._asdict()
        row |= {"set": str(folder / "pool"), "image": name, "split": "train"}
        row["uid"] = record.pair_uid(name, row["lang"], row["caption"])
    snapshot = folder / "snapshot"
    found = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(found, snapshot / record.MANIFEST_FILE, "uid", record.MANIFEST)
    tables.write(record.PARENTS.empty_table(), snapshot / parents.FILE, parents.KEY)
    names = pa.table({"of": manifest.column("image").take(of), "name": [d[0] for d in drawn]})
    for name, table in regions.items():
        key = ["image"] if name == "images" else ["image", "region"]
        tables.write(_renamed(table, names), folder / f"labels/regions/{name}.parquet", key)
    (snapshot / record.ID_FILE).write_text(f"{count:064x}\n", encoding="utf-8")


def _renamed(table: pa.Table, names: pa.Table) -> pa.Table:
    """A table of pictures, said of all that were made of each."""
    first = table.column("image").to_numpy()
    order = np.argsort(first, kind="stable")
    wanted = names.column("of").to_numpy()
    begin, end = (np.searchsorted(first[order], wanted, side=s) for s in ("left", "right"))
    number = end - begin
    step = np.arange(number.sum()) - np.repeat(number.cumsum() - number, number)
    rows = table.take(order[np.repeat(begin, number) + step])
    named = names.column("name").take(np.repeat(np.arange(len(wanted)), number))
    return rows.set_column(rows.schema.get_field_index("image"), "image", named)


def _varied(manifest: pa.Table, count: int) -> Iterator[tuple[str, int, bytes]]:
    """Name, row of the picture that it is made of, and bytes of each of so many pictures."""
    random = np.random.default_rng(count)
    seen: set[str] = set()
    while len(seen) < count:
        for row, (_, found) in enumerate(pictures.small(manifest)):
            each = -(-count // manifest.num_rows) if found is not None else 0
            for _ in range(min(each, count - len(seen))):
                assert found is not None
                data = _one(Image.fromarray(found.within(256)), random)
                if (name := record.image_name(data)) not in seen:
                    seen.add(name)
                    yield name, row, data


def _one(image: Image.Image, random: np.random.Generator) -> bytes:
    """A part of a picture, turned, mirrored and lit otherwise, encoded."""
    width, height = image.size
    part = random.uniform(0.6, 1.0)
    left, top = random.uniform(0, 1 - part, 2) * (width, height)
    image = image.crop((left, top, left + part * width, top + part * height))
    image = image.rotate(random.uniform(-25, 25), Image.Resampling.BILINEAR, fillcolor="white")
    if random.random() < 0.5:
        image = ImageOps.mirror(image)
    image.thumbnail((_SIDE, _SIDE))
    for kind in (ImageEnhance.Brightness, ImageEnhance.Color):
        image = kind(image).enhance(random.uniform(0.6, 1.4))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
