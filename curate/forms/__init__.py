"""Forms in which a snapshot is written out with its bytes: one file each.

    def name(split: str, number: int, count: int) -> str   # of one of a split's files
    def write(samples: Iterable[Sample], file: Path) -> None
    def finish(out: files.Place, about: About) -> None     # what lies beside the files

A file is written whole to this machine first and put in its place then, see `curate.export`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A pair with its picture."""

    row: Mapping[str, Any]  # of schema `record.MANIFEST`
    extension: str  # of the picture, without dot
    data: bytes  # encoded


class About(NamedTuple):
    """What was written."""

    snapshot: Mapping[str, Any]  # as snapshot.json has it
    files: Mapping[str, int]  # name -> pairs in it
