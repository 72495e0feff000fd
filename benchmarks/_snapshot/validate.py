"""Pools of up to two million pairs in; what validating them costs, in time and in memory, out.

A pool is as a crawl leaves one and meets every expectation: pairs are named by their content, and
their pictures lie in tars, which are empty where no picture is read.

    validate_memory_2m    MB at the peak for 250,000 pairs over MB for two million
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import _cost
from benchmarks._parts import Measured
from benchmarks._peer import ROOT
from curate.dataset import record, sets, tables

_COUNTS = (250_000, 1_000_000, 2_000_000)
_PER_SHARD, _SIZE = 1000, 40_000  # pictures; bytes of one
_STAGE = (
    "import sys; from curate import validate; from pathlib import Path\n"
    "validate.main('pool', *map(Path, sys.argv[1:]), {})"
)


def measure(repeats: int) -> Measured:
    """Validate each pool as often as asked."""
    rows: list[list[object]] = []
    peaks: dict[int, list[float]] = {}
    for count in _COUNTS:
        folder = ROOT / f"validate/{count}"
        if not (folder / "data/pool" / sets.PAIRS_FILE).is_file():
            _write(folder / "data/pool", count)
        command = [sys.executable, "-c", _STAGE, "data/pool", "data/pool", "data/pool"]
        command = ["env", "-C", str(folder), *command, "data/split.parquet", "docs"]
        costs = [_cost.measured(command, {"PYTHONPATH": str(Path.cwd())}) for _ in range(repeats)]
        rows += [[count, cost.wall, cost.cpu, cost.memory] for cost in costs]
        peaks[count] = [cost.memory for cost in costs]
    flat = _cost.ratios(peaks[_COUNTS[0]], peaks[_COUNTS[-1]])
    headings = ("pairs", "wall s", "CPU s", "MB of memory")
    return Measured(headings, rows, {"validate_memory_2m": flat})


def _write(pool: Path, count: int) -> None:
    """A pool of so many pairs, and tars of the size that it needs."""
    (pool / "images").mkdir(parents=True)
    random = np.random.default_rng(count)
    digits = random.bytes(16 * count).hex()
    images = [digits[at : at + 32] for at in range(0, 32 * count, 32)]
    captions = [f"a picture of {word} things" for word in random.integers(0, 10**6, count).tolist()]
    pairs = zip(images, captions, strict=True)
    number = np.arange(count)
    shard = pa.array([f"images/{n:05}.tar" for n in range(-(-count // _PER_SHARD))])
    same = {"lang": "en", "source": "web", "licence": "CC0-1.0"}
    table = pa.table(
        {
            "uid": [record.pair_uid(image, "en", caption) for image, caption in pairs],
            "image": images,
            "caption": captions,
            **{name: pa.array([value] * count) for name, value in same.items()},
            "url": pc.binary_join_element_wise("https://web.example/", pa.array(images), ""),
            "page": pa.nulls(count, pa.string()),
            "width": random.integers(20, 2000, count),
            "height": random.integers(20, 2000, count),
            "shard": shard.take(pa.array(number // _PER_SHARD)),
            "offset": number % _PER_SHARD * _SIZE,
            "size": pa.array([_SIZE] * count),
            "parent": pa.nulls(count, pa.string()),
            "recipe": pa.nulls(count, pa.string()),
        }
    )
    tables.write(table, pool / sets.PAIRS_FILE, "uid", record.PAIRS)
    for name in shard.to_pylist():
        with (pool / name).open("wb") as tar:
            tar.truncate(_PER_SHARD * _SIZE)  # a hole: it takes no room
