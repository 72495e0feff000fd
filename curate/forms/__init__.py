"""Forms in which a snapshot is written out with its bytes: one file each.

    READ: str               # how a reader opens it, in Markdown
    COLUMNS: tuple[str, ...]  # of the pairs, that are there

    def name(split: str, number: int, count: int) -> str   # of one of a split's files
    def write(samples: Iterable[Sample], file: Path) -> None
    def finish(out: files.Place, about: About) -> list[Written]   # what lies beside the files
    def described(about: About, beside: list[Written]) -> Described   # what croissant.json says

A file is written whole to this machine first and put in its place then, see `curate.export`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa


class Sample(NamedTuple):
    """A pair with its picture."""

    row: Mapping[str, Any]  # of schema `record.MANIFEST`
    extension: str  # of the picture, without dot
    data: bytes  # encoded


class Written(NamedTuple):
    """One file that is there."""

    name: str
    pairs: int
    bytes: int
    sha256: str
    kinds: dict[str, int]  # extensions of pictures, and how many have them


class About(NamedTuple):
    """What was written."""

    splits: Sequence[str]
    files: Sequence[Written]
    rows: Mapping[str, pa.Table]  # of each file, schema `record.MANIFEST`


class Described(NamedTuple):
    """The files and what is read of them, as mlcroissant has them."""

    distribution: list[Any]
    fields: list[Any]  # of the pairs
    files: dict[str, str]  # split -> pattern, by which `datasets` finds them; empty: cannot
