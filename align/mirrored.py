"""English pairs and the pairs they were made from in; whether sides and pictures agree, out.

That a picture is mirrored is seen in its pixels, not taken from its recipe: it is more like its
parent's mirror image than like its parent. Where it is, the caption must name the other sides.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from align import changed
from curate.dataset import pixels
from curate.dataset.errors import ImageError

_SIDE = re.compile(r"(?<![a-z])(left|right)(?=most|wards?|[^a-z]|$)")
_OTHER = {"left": "right", "right": "left"}
_LOOKED_AT = 64  # pixels of a side
_ALIKE = 0.5  # least correlation with the parent, or its mirror image, of a picture that shows it
_APART = 0.02  # least difference of the two, below which a picture is too symmetric to tell

Row = dict[str, Any]


def judge(made: Sequence[Row], parents: Mapping[str, Row]) -> Mapping[str, bool]:
    """Uid -> whether a made caption names the sides of its picture, where that can be told.

    Told it is where the caption or its parent's names a side, the picture is another than the
    parent's, and shows it straight or mirrored.

    Args:
        made: rows of schema `sets.LOCATED`.
        parents: rows of the same schema by uid.
    """
    asked = [(row, parents[row["parent"]]) for row in made if row["parent"] in parents]
    asked = [
        (row, before)
        for row, before in asked
        if row["image"] != before["image"] and sides(f"{row['caption']} {before['caption']}")
    ]
    found = {}
    for (row, before), one, other in changed.read(asked):
        with contextlib.suppress(ImageError):  # scorers of pictures tell of it
            turned = mirrored(one, other)
            if turned is not None:
                right = agree(row["caption"], before["caption"], is_mirrored=turned)
                found[row["uid"]] = right
    return found


def sides(caption: str) -> list[str]:
    """The sides that an English caption names, in its order."""
    return _SIDE.findall(caption.lower())


def agree(caption: str, before: str, *, is_mirrored: bool) -> bool:
    """Whether a made caption names the sides that its parent's does, the others in a mirror."""
    named = sides(before)
    return sides(caption) == ([_OTHER[side] for side in named] if is_mirrored else named)


def mirrored(data: bytes, parent: bytes) -> bool | None:
    """Whether a picture shows another one mirrored; None where that cannot be told.

    Args:
        data: the picture, encoded.
        parent: the other one, encoded.

    Raises:
        ImageError: either is no picture.
    """
    one, other = _seen(data), _seen(parent)
    straight, turned = _correlation(one, other), _correlation(one, other[:, ::-1])
    if max(straight, turned) < _ALIKE or abs(straight - turned) < _APART:
        return None
    return turned > straight


def _seen(data: bytes) -> NDArray[np.float64]:
    grey = pixels.decode(data).convert("L")
    return np.asarray(grey.resize((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX), np.float64)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's; 0 where one of them is of one grey."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size else 0.0
