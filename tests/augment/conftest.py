"""A pool of drawn pictures with captions, all kept, and a method that joins two of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from augment import make, methods
from curate.dataset import record, tables

COLOURS = ("red", "green", "blue", "orange", "purple", "brown", "pink", "gold")
FLIPS = {"share": 1.0, "transforms": {"HorizontalFlip": {"p": 0.5}}}
JOINED = '''"""Pairs in; each beside the next, and told in capitals, out."""

from PIL import Image

from augment.made import Batch, Made, MadeCaption, MethodParams, Told
from curate.dataset import marks, pixels, shards, tables

Params = MethodParams


def make(rows, context, params):
    batch = Batch()
    every = tables.read(context.training).sort_by("uid").to_pylist()
    place = {row["uid"]: at for at, row in enumerate(every)}
    for row in rows.to_pylist():
        other = every[(place[row["uid"]] + 1) % len(every)]
        read = [shards.ShardReader(r["set"]).read(r["shard"], r["offset"], r["size"])
                for r in (row, other)]
        recipe = {"method": "joined", "joins": True}
        data = remake(recipe, read, context)
        size = pixels.probe(data)
        text = row["caption"] + " and " + other["caption"]
        told = MadeCaption(row["uid"], text, row["lang"], recipe, [other["uid"]])
        batch.made.append(Made(data, "png", size[1], size[2], [told]))
        recipe = {"method": "joined", "joins": False}
        told = MadeCaption(row["uid"], row["caption"].upper(), row["lang"], recipe)
        batch.told.append(Told(row["image"], [told]))
    return batch


def remake(recipe, parents, context):
    one, two = (pixels.decode(data) for data in parents)
    sheet = Image.new("RGB", (one.width + two.width, max(one.height, two.height)))
    sheet.paste(one, (0, 0))
    sheet.paste(two, (one.width, 0))
    return marks.saved(sheet, "PNG", marks.Mark(marks.COMPOSED, "joined"))


def recaption(recipe, captions, picture):
    assert pixels.probe(picture)
    return " and ".join(captions) if recipe["joins"] else captions[0].upper()
'''


@pytest.fixture
def joined(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The method `joined`, for as long as a test lasts."""
    folder = project / "methods"
    folder.mkdir()
    (folder / "joined.py").write_text(JOINED)
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(folder)])


@pytest.fixture
def kept(
    project: Path,
    write_set: Callable[..., pa.Table],
    drawn: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[dict[str, Any]]]:
    """Eight pictures in data/pool, kept and in train; gives a function that makes pairs of them."""

    def serial(function: Any, items: Any, *args: Any, **_: Any) -> list[Any]:
        return [function(item, *args) for item in items]

    monkeypatch.setattr(make, "map_shards", serial)  # the stage without a cluster
    rows = [(drawn("square", colour), "en", f"a {colour} square") for colour in COLOURS]
    pool = write_set(Path("data/pool"), rows).to_pylist()
    decisions = [
        {"uid": r["uid"], "kept": True, "reason": "r", "margin": 1.0, "failed": [], "margins": []}
        for r in pool
    ]
    splits = [{"image": r["image"], "split": "train", "group": r["image"]} for r in pool]
    for name, table, key in (
        ("decisions/pool", pa.Table.from_pylist(decisions, record.DECISIONS), "uid"),
        ("split", pa.Table.from_pylist(splits, record.SPLITS), "image"),
    ):
        tables.write(table, Path(f"data/{name}.parquet"), key)

    def run(method: str = "photometric", **params: Any) -> list[dict[str, Any]]:
        places = ("pool", "decisions/pool.parquet", "split.parquet", "packages", f"made/{method}")
        values = (FLIPS if method == "photometric" else {"share": 1.0}) | params
        folders = [Path("data", place) for place in places]
        make.main(method, *folders, values)
        Path("params.yaml").write_text(json.dumps({"make": {method: values}}))
        return tables.read(folders[-1] / "pairs.parquet").to_pylist()

    return run
