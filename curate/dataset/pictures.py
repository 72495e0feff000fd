"""Rows of sets in, their decoded pictures out: what all that looks at pixels begins with."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import pyarrow as pa
from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.dataset.shards import ShardReader
from curate.dataset.small import LEAST, Small
from curate.dataset.small import small as small_of

T = TypeVar("T")


def decoded(rows: pa.Table) -> Iterator[tuple[str, Image.Image | None]]:
    """Image name and RGB picture (None where the bytes are no picture) of each row, in order.

    Args:
        rows: columns set, image, shard, offset, size; best sorted by where the bytes lie.

    Raises:
        DataError: a shard is missing or too short.
    """
    return _read(rows, pixels.decode)


def with_alpha(rows: pa.Table) -> Iterator[tuple[str, Image.Image | None]]:
    """As `decoded`, in RGBA where a picture has transparency (`pixels.on_white` lays it down)."""
    return _read(rows, pixels.decode_alpha)


def small(rows: pa.Table, least: int = LEAST) -> Iterator[tuple[str, Small | None]]:
    """As `decoded`, at the scale at which pictures are measured and hashed, see `small.small`."""
    return _read(rows, lambda data: small_of(data, least))


def measured(
    rows: pa.Table, measure: Callable[[np.ndarray], Mapping[str, object]], schema: pa.Schema
) -> pa.Table:
    """What a function says of each picture, in a row of a schema; nulls where there is none.

    Args:
        rows: as of `decoded`.
        measure: RGB pixels (H, W, 3) uint8 -> columns of the schema but `image`.
        schema: of the table, column image among them.
    """
    found = [
        {"image": name, **(measure(np.asarray(picture)) if picture else {})}
        for name, picture in decoded(rows)
    ]
    return pa.Table.from_pylist(found, schema)


def _read(rows: pa.Table, decode: Callable[[bytes], T]) -> Iterator[tuple[str, T | None]]:
    readers: dict[str, ShardReader] = {}
    columns = ("set", "image", "shard", "offset", "size")
    try:
        for root, name, *place in zip(*(rows.column(c).to_pylist() for c in columns), strict=True):
            if root not in readers:
                readers[root] = ShardReader(root)
            data = readers[root].read(*place)
            try:
                yield name, decode(data)
            except ImageError:
                yield name, None
    finally:
        for reader in readers.values():
            reader.close()
