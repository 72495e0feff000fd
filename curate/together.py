"""Rows in; what several scorers measure of their pictures out, with one decode for all of them.

A scorer of this kind has instead of `score`

    def least(params) -> int                 # pixels that the shorter side keeps when decoded
    def measured(picture, params) -> dict    # its columns, of a `curate.dataset.small.Small`

It is a stage with a table of its own like any other. The first of these stages that runs decodes a
picture, measures it for the others too and remembers that for them: they then find everything in
memory. What they do not find they measure themselves, so that this changes the time that all take,
never a byte of what they give.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import cv2
import pyarrow as pa

from curate.dataset import pictures, tables
from curate.dataset.errors import ParamsError
from curate.dataset.memory import Memory
from curate.stage import params as parameter_file
from curate.stage import plugin
from curate.stage.params import build

FILE = Path("params.yaml")


class Asked(NamedTuple):
    """A scorer as the params file asks for it, in a form that can be sent to workers."""

    name: str  # of its section
    kind: str  # of its file
    values: Mapping[str, Any]  # its parameters
    memory: Memory


def sections(file: Path = FILE) -> dict[str, dict[str, Any]]:
    """What the params file has under `score`; nothing where there is none."""
    try:
        found = parameter_file.load(file, "score")
    except ParamsError:
        return {}
    return {name: section for name, section in found.items() if isinstance(section, dict)}


def score(rows: pa.Table, package: str, asked: Sequence[Asked]) -> pa.Table:
    """The first scorer's table of some rows; those of the others are remembered.

    Args:
        rows: one for each image.
        package: of the scorers.
        asked: scorers that keep equally many pixels.
    """
    scorers = [plugin.load(package, one.kind) for one in asked]
    jobs = [
        (scorer, build(scorer.Params, one.values, f"score.{one.name}"))
        for scorer, one in zip(scorers, asked, strict=True)
    ]
    own, *others = measure(rows, jobs)
    for one, table in zip(asked[1:], others, strict=True):
        one.memory.remember(tables.conform(table, one.memory.schema, one.name))
    return own


def measure(rows: pa.Table, jobs: Sequence[tuple[ModuleType, Any]]) -> list[pa.Table]:
    """A table for each scorer and its parameters; nulls where the bytes are no picture.

    Args:
        rows: one for each image.
        jobs: scorers that keep equally many pixels, and their parameters.
    """
    cv2.setNumThreads(1)
    found: list[list[dict[str, Any]]] = [[] for _ in jobs]
    for name, picture in pictures.small(rows, max(s.least(params) for s, params in jobs)):
        for (scorer, params), told in zip(jobs, found, strict=True):
            told.append({"image": name} | (scorer.measured(picture, params) if picture else {}))
    return [
        pa.Table.from_pylist(told, scorer.SCHEMA)
        for (scorer, _), told in zip(jobs, found, strict=True)
    ]
