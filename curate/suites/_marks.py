"""A manifest in; of each of its pictures whether it says of itself that it was made, out."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import marks, parts
from curate.dataset.checks import Check
from curate.dataset.errors import DataError
from curate.dataset.parts import Part
from curate.dataset.shards import ShardReader

_PLACE = ("image", "set", "shard", "offset", "size")
_MARKS = pa.schema({"image": pa.string(), "marked": pa.bool_(), "claimed": pa.bool_()})
_REPAIR = "make them again by this version (dvc repro --force make), or take made pictures out of "
_REPAIR += "the pool: their metadata names their method"
_ABOUT = "A row is a picture: whether a made one bears the mark of it, and a crawled one does not."


def check(manifest: Path, number: int) -> Check:
    """The check of the pictures of a manifest, which is cut in so many parts."""
    import great_expectations.expectations as gxe

    expected: list[Any] = [
        gxe.ExpectColumnValuesToBeInSet(
            column="marked",
            value_set=[True],
            description="a made picture says so in its metadata (IPTC digital source type)",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="claimed",
            value_set=[False],
            description="no picture of the pool is one that Pairwright made",
        ),
    ]
    return Check("marks", _marks(manifest, number), expected, ["image"], _REPAIR, _ABOUT)


def _marks(manifest: Path, number: int) -> Iterator[Part]:
    """Every picture with `marked`, where it was made, or `claimed`, where it was crawled.

    Of one whose bytes are not there neither is known; the check of files tells of it.
    """
    pieces = (part.rows for part in parts.stream(manifest, [*_PLACE, "parent"]))
    with ExitStack() as opened:
        readers: dict[str, ShardReader] = {}
        for part in parts.by_key(pieces, "image", number):
            crawled = part.rows.filter(pc.is_null(part.rows.column("parent"))).column("image")
            known = set(crawled.to_pylist())
            first = {row["image"]: row for row in part.rows.select(_PLACE).to_pylist()}
            rows = []
            for image, row in sorted(first.items()):
                if row["set"] not in readers:
                    readers[row["set"]] = opened.enter_context(ShardReader(row["set"]))
                found = _is_marked(row, readers[row["set"]])
                column = "claimed" if image in known else "marked"
                rows.append({"image": image, column: found})
            yield part._replace(rows=pa.Table.from_pylist(rows, _MARKS))


def _is_marked(row: dict[str, Any], reader: ShardReader) -> bool | None:
    try:
        return marks.read(reader.read(row["shard"], row["offset"], row["size"])) is not None
    except DataError:
        return None
