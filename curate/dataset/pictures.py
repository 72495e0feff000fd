"""Rows of sets in, their decoded pictures out: what all that looks at pixels begins with."""

from collections.abc import Iterator

import pyarrow as pa
from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.dataset.shards import ShardReader


def decoded(rows: pa.Table) -> Iterator[tuple[str, Image.Image | None]]:
    """Image name and RGB picture (None where the bytes are no picture) of each row, in order.

    Args:
        rows: columns set, image, shard, offset, size; best sorted by where the bytes lie.

    Raises:
        DataError: a shard is missing or too short.
    """
    readers: dict[str, ShardReader] = {}
    columns = ("set", "image", "shard", "offset", "size")
    try:
        for root, name, *place in zip(*(rows.column(c).to_pylist() for c in columns), strict=True):
            if root not in readers:
                readers[root] = ShardReader(root)
            data = readers[root].read(*place)
            try:
                yield name, pixels.decode(data)
            except ImageError:
                yield name, None
    finally:
        for reader in readers.values():
            reader.close()
