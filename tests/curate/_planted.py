"""A small pool of scenes with its split, and what is planted in it: what tests of both share."""

import io
from pathlib import Path

import pyarrow as pa

from curate import plant, score
from curate.dataset import record, tables
from curate.stage.params import build
from tests._scenes import scene

COUNT = 60  # pictures, each with one caption; every sixth is tested on
POOL, SPLIT, OUT = Path("data/pool"), Path("data/split.parquet"), Path("proof/data/planted")
SCORES = Path("proof/data/scores")
EVERY = {"shuffled": 1, "boilerplate": 1, "duplicate": 1, "blank": 1, "broken": 1, "leaked": 1}


def encoded(number):
    out = io.BytesIO()
    scene(number).save(out, "PNG")
    return out.getvalue()


def pool(write_set):
    """Write the pool and its split: half of the pictures are trusted, half crawled."""
    rows, splits = [], []
    for number in range(COUNT):
        data = encoded(number)
        source = "trusted" if number % 2 else "crawled"
        rows.append((data, "en", f"scene of number {number}", source))
        split = {0: "test", 1: "validation"}.get(number % 6, "train")
        name = record.image_name(data)
        splits.append({"image": name, "split": split, "group": name})
    pairs = write_set(POOL, rows)
    table = pa.Table.from_pylist(splits, record.SPLITS)
    tables.write(table, SPLIT, "image", record.SPLITS)
    return pairs


def planted(**params):
    """Plant noise; gives the figures."""
    values = {"sources": ["crawled"], "rates": EVERY, **params}
    return plant.main(POOL, SPLIT, OUT, build(plant.PlantParams, values, "plant"))


def scored(write_set):
    """A pool with noise planted in it, and how near its pictures are to those of the test split."""
    pool(write_set)
    planted()
    leakage = {"distance": 6, "sets": {"test": str(OUT / plant.TEST_FILE)}}
    score.main("leakage", OUT / plant.POOL, SCORES / "leakage.parquet", leakage)
