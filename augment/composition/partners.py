"""Training pairs in, each picture's partner out: of the same licence, and stable as the pool grows.

Candidates stand in the order of their names, which are hashes; a draw of its own points each
picture to a place in that order (consistent hashing, Karger et al., 1997). One more picture in
the pool becomes the partner of few, and leaves all the others theirs.
"""

import bisect
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from augment.made import seed
from curate.dataset import sets, tables
from curate.dataset.languages import primary
from curate.dataset.read_once import read_once

Row = dict[str, Any]


class Picture(NamedTuple):
    """A picture and its kept pairs of one licence, rows of schema `sets.LOCATED`, by uid.

    Where its pairs have several licences, those of the first one's stand for it.
    """

    image: str
    licence: str | None
    pairs: tuple[Row, ...]

    @property
    def english(self) -> tuple[Row, ...]:
        """Its pairs with an English caption."""
        return tuple(p for p in self.pairs if primary(p["lang"]) == "en")


class Training:
    """Every picture that may be a parent, found by name; its pairs stay in Arrow's memory.

    Args:
        rows: table of schema `sets.LOCATED`.

    Attributes:
        images: names of all, sorted.
        names: licence -> its images, sorted.
    """

    def __init__(self, rows: pa.Table) -> None:
        ordered = rows.sort_by([("image", "ascending"), ("uid", "ascending")]).combine_chunks()
        column = ordered.column("image").combine_chunks()
        runs = pc.run_end_encode(column) if ordered.num_rows else None
        self._rows = ordered
        self._ends = [0, *runs.run_ends.to_pylist()] if runs is not None else [0]
        self.images: list[str] = runs.values.to_pylist() if runs is not None else []
        licences = ordered.column("licence").take(pa.array(self._ends[:-1], pa.int64()))
        self.names: dict[str | None, list[str]] = {}
        for image, licence in zip(self.images, licences.to_pylist(), strict=True):
            self.names.setdefault(licence, []).append(image)

    def picture(self, image: str) -> Picture:
        """The picture of a name that is in `images`."""
        at = bisect.bisect_left(self.images, image)
        start, end = self._ends[at], self._ends[at + 1]
        (found,) = grouped(self._rows.slice(start, end - start).to_pylist())
        return found


@read_once(lambda file: [file], keep=1)
def training(file: Path) -> Training:
    """The pictures of a table of schema `sets.LOCATED`."""
    return Training(tables.conform(tables.read(file), sets.LOCATED, file))


def grouped(rows: Sequence[Row]) -> Iterator[Picture]:
    """The pictures of some rows of schema `sets.LOCATED`, by name."""
    ordered = sorted(rows, key=lambda row: (row["image"], row["uid"]))
    for image, group in itertools.groupby(ordered, key=lambda row: str(row["image"])):
        pairs = list(group)
        licence = pairs[0]["licence"]
        yield Picture(image, licence, tuple(p for p in pairs if p["licence"] == licence))


def following(names: Sequence[str], own: str, *draw: object) -> Iterator[str]:
    """Candidates from a drawn place on, once around, without the picture itself.

    Args:
        names: image names (hexadecimal), sorted.
        own: the picture that looks for a partner.
        draw: names that the place follows from, besides `own`.
    """
    place = f"{seed('partner', own, *draw):08x}"
    start = bisect.bisect_left(names, place)
    for name in itertools.chain(itertools.islice(names, start, None), names[:start]):
        if name != own:
            yield name
