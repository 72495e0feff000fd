"""Rows of sets in, their decoded pictures out: what all that looks at pixels begins with."""

from collections.abc import Callable, Iterator
from typing import TypeVar

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
