"""Rows in; what several scorers measure of their pictures out, with one decode for all of them.

A scorer of this kind has instead of `score`

    def least(params) -> int                 # pixels that the shorter side keeps when decoded
    def measured(picture, params) -> dict    # its columns, of a `curate.dataset.small.Small`

It is a stage with a table of its own like any other. The first of these stages that runs decodes a
picture, measures it for the others too and remembers that for them: they then find everything in
memory. What they do not find they measure themselves, so that this changes the time that all take,
never a byte of what they give.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from curate import scorer as scorers
from curate.dataset import tables
from curate.dataset.errors import PairwrightError
from curate.dataset.memory import Memory
from curate.scorer import Scorer
from curate.stage import params as parameter_file

FILE = Path("params.yaml")


def beside(scorer: Scorer, rows: pa.Table, file: Path) -> list[tuple[Scorer, Memory]]:
    """Scorers of its section that measure the same small pictures, and what they remember.

    Left out are those that remember all of the rows, and those that their own stage would refuse.

    Args:
        scorer: has `measured`.
        rows: one for each image.
        file: a params file; need not be there.
    """
    least = scorer.module.least(scorer.params)
    parent = scorer.section.rpartition(".")[0]
    found = []
    for name, values in _sections(file, parent).items():
        try:
            other = scorers.asked(f"{parent}.{name}", values)
            if other.name == scorer.name or not _shares(other, least):
                continue
            memory = other.memory()
        except PairwrightError:
            continue  # its own stage says what is wrong
        if not memory.holds(rows.column(memory.key)):
            found.append((other, memory))
    return found


def _sections(file: Path, parent: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = parameter_file.load(file, parent)
    except PairwrightError:
        return {}
    return {name: values for name, values in found.items() if isinstance(values, dict)}


def _shares(other: Scorer, least: int) -> bool:
    module = other.module
    return hasattr(module, "measured") and module.least(other.params) == least


def score(rows: pa.Table, scorer: Scorer, others: Sequence[tuple[Scorer, Memory]]) -> pa.Table:
    """A scorer's table of some rows; those of the others are remembered.

    Args:
        rows: one for each image.
        scorer: whose table is wanted.
        others: keep equally many pixels.
    """
    jobs = [(one.module, one.params) for one in (scorer, *(other for other, _ in others))]
    own, *theirs = measure(rows, jobs)
    for (other, memory), table in zip(others, theirs, strict=True):
        memory.remember(tables.conform(table, memory.schema, other.name))
    return own


def measure(rows: pa.Table, jobs: Sequence[tuple[ModuleType, Any]]) -> list[pa.Table]:
    """A table for each scorer and its parameters; nulls where the bytes are no picture.

    Args:
        rows: one for each image.
        jobs: scorers that keep equally many pixels, and their parameters.
    """
    import cv2  # what measures no picture does without

    from curate.dataset import pictures

    cv2.setNumThreads(1)
    found: list[list[dict[str, Any]]] = [[] for _ in jobs]
    for name, picture in pictures.small(rows, max(s.least(params) for s, params in jobs)):
        for (scorer, params), told in zip(jobs, found, strict=True):
            told.append({"image": name} | (scorer.measured(picture, params) if picture else {}))
    return [
        pa.Table.from_pylist(told, scorer.SCHEMA)
        for (scorer, _), told in zip(jobs, found, strict=True)
    ]
