"""Drawn pictures in; a project that the stages made, with all that pages' sources read, out."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from curate import crawl, score, split
from curate import filter as decide
from curate.stage.params import build
from tests import _docs, _frozen

SCORERS = ("image", "caption", "phash", "language")
COLOURS = ("red", "green", "blue", "black", "gold", "navy", "teal", "brown")


def draw_material(drawn):
    """What the pages' sources read: a folder, two tars, a parquet file and COCO's annotations."""
    shapes = [("circle", colour) for colour in COLOURS] + [("square", c) for c in COLOURS]
    pictures = {f"{colour}-{shape}": drawn(shape, colour) for shape, colour in shapes}
    Path("pictures").mkdir()
    for name, data in pictures.items():
        colour, shape = name.split("-")
        Path(f"pictures/{name}.png").write_bytes(data)
        Path(f"pictures/{name}.txt").write_text(f"a {colour} {shape}\n")
    Path("pictures/plain.png").write_bytes(drawn("circle", "white"))
    Path("pictures/plain.txt").write_text("a picture of nothing\n")
    Path("pictures/silent.png").write_bytes(drawn("circle", "pink"))
    Path("shards").mkdir()
    for number, colour in enumerate(("olive", "purple")):
        with tarfile.open(f"shards/000{number}.tar", "w") as tar:
            for ending, data in (
                ("png", drawn("circle", colour)),
                ("txt", f"{colour} one".encode()),
            ):
                member = tarfile.TarInfo(f"{colour}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    Path("hub").mkdir()
    cell = {"bytes": drawn("triangle", "red"), "path": "one.png"}
    pq.write_table(pa.table({"image": [cell], "caption": ["a red triangle"]}), "hub/part.parquet")
    Path("coco/train2017").mkdir(parents=True)
    Path("coco/train2017/1.png").write_bytes(drawn("triangle", "blue"))
    said = {"image_id": 1, "id": 1, "caption": "a blue triangle"}
    image = {"id": 1, "file_name": "1.png", "width": 96, "height": 96}
    Path("coco/captions.json").write_text(json.dumps({"images": [image], "annotations": [said]}))


def make(drawn):
    """Pool, scores, decisions and snapshot, in the working directory."""
    draw_material(drawn)
    params = _docs.ours()
    params["crawl"]["sources"] = {"mine": {"kind": "folder", "path": "pictures"}}
    rules = params["filter"]["rules"]
    rules["clip"] = {"column": "caption.words", "at_least": 0.0}  # a number as any other
    Path("params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    shutil.copytree(_docs.ROOT / "presets", "presets")
    for name in ("blocklist.txt", "forgotten.csv"):
        shutil.copy(_docs.ROOT / name, name)
    pool, scores = Path("data/pool"), Path("data/scores")
    Path("data/packages").mkdir(parents=True)
    crawl.main(Path("data/packages"), pool, build(crawl.CrawlParams, params["crawl"], "crawl"))
    for name in SCORERS:
        score.main(name, pool, scores / f"{name}.parquet", params["score"][name])
    decisions = Path("data/decisions/pool.parquet")
    decide.main(pool, scores, decisions, build(decide.FilterParams, params["filter"], "filter"))
    shares = {"train": 0.6, "validation": 0.2, "test": 0.2, "distance": 0}
    asked = build(split.SplitParams, {**params["split"], **shares}, "split")
    split.main(pool, scores / "phash.parquet", Path("data/split.parquet"), asked)
    _frozen.freeze({**params["snapshot"], "max_rejected": 0.9}, "data/snapshot")
