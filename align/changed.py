"""Made pairs and the pairs they were made from in; how far their pictures differ, out."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from curate.dataset import pixels, shards
from curate.dataset.errors import ImageError

Row = dict[str, Any]
Both = tuple[Row, Row]  # a made pair, and the pair that it was made from


def judge(made: Sequence[Row], parents: Mapping[str, Row]) -> Mapping[str, float]:
    """Uid -> how far a made pair's picture differs from its parent's, of those that have their own.

    Args:
        made: rows of schema `sets.LOCATED`.
        parents: rows of the same schema by uid.
    """
    asked = [(row, parents[row["parent"]]) for row in made if row["parent"] in parents]
    of_image = {row["image"]: (row, before) for row, before in asked}
    own = [(row, before) for row, before in of_image.values() if row["image"] != before["image"]]
    found = {}
    for (row, _), one, other in read(own):
        with contextlib.suppress(ImageError):  # scorers of pictures tell of it
            found[row["image"]] = difference(one, other)
    return {row["uid"]: found[row["image"]] for row, _ in asked if row["image"] in found}


def read(pairs: Sequence[Both]) -> Iterator[tuple[Both, bytes, bytes]]:
    """Pairs with the bytes of both pictures, in the order in which the made ones lie."""
    with contextlib.ExitStack() as stack:
        roots = sorted({row["set"] for both in pairs for row in both})
        readers = {root: stack.enter_context(shards.ShardReader(root)) for root in roots}
        for both in sorted(pairs, key=lambda both: (both[0]["set"], both[0]["image"])):
            one, other = (
                readers[row["set"]].read(row["shard"], row["offset"], row["size"]) for row in both
            )
            yield both, one, other


def difference(data: bytes, parent: bytes) -> float:
    """Mean difference of the values of two pictures, 0 to 255, at the size of the smaller.

    Raises:
        ImageError: either is no picture.
    """
    one, other = pixels.decode(data), pixels.decode(parent)
    size = min(one.size, other.size)
    values = [np.asarray(_resized(image, size), np.float32) for image in (one, other)]
    return float(np.abs(values[0] - values[1]).mean())


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)
