"""Made pairs and the pairs they were made from in; how far their pictures differ, out."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curate.dataset import pixels, shards
from curate.dataset.errors import ImageError

_BLOCKS = 6  # on a side

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
    """Greatest difference of two pictures in any of 6 x 6 blocks, mean of its values, 0 to 255.

    Within a block the noise of codecs and grain cancels out; a small thing that is recoloured
    changes its own block, however large the ground is around it.

    Raises:
        ImageError: either is no picture.
    """
    blocks = [_blocks(pixels.decode(picture)) for picture in (data, parent)]
    return float(np.abs(blocks[0] - blocks[1]).mean(axis=2).max())


def _blocks(image: Image.Image) -> NDArray[np.float32]:
    """Mean colours, (6, 6, 3)."""
    means = cv2.resize(np.asarray(image), (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    return means.astype(np.float32)
