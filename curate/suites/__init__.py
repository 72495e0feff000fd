"""What is expected of our data: one file per great-expectations suite.

A suite is a class `Params` (made by `parameters`) and a function `checks(data, params)` that gives
one `curate.dataset.checks.Check` for each table. Tables may be larger than memory: their rows come
in parts (`curate.dataset.parts`).
"""

from pathlib import Path
from typing import NamedTuple


class Data(NamedTuple):
    """Where the data is that a suite is about, and what it is held against."""

    reads: Path  # a set, a folder of scores, a snapshot, as the suite says
    beside: Path  # what else it reads
    pool: Path  # set of crawled pairs
    split: Path  # table of schema `record.SPLITS`
