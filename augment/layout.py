"""What a picture's rim tells: (H, W, 3) pixels -> the ground's colour and the object's margins.

A cut-out, an object on a plain ground, must be treated unlike a photo: what a rotation
uncovers is filled with its ground, and a crop must not cut into it.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x1, y1, x2, y2, relative to the picture, 0-1."""

_LOOKED_AT = 256  # pixels of the longer side that are looked at, evenly spread
_SAME = 10  # of 255: colours this close are the same ground
_WHITE = 250  # of 255: transparency was laid on white, so white corners are ground
_OPAQUE = 128  # of 255: from which on a pixel belongs to the object
_CORNERS, _WHITE_CORNERS = 3, 2  # corners of four that must be the same ground, or white


class Layout(NamedTuple):
    """A picture's layout.

    Attributes:
        ground: RGB of a cut-out's ground; None for a picture that fills its frame.
        margin: least distance from the object to the frame, as a share of that side (width
            or height); 0 where there is no ground.
    """

    ground: tuple[int, int, int] | None
    margin: float


def layout(picture: Pixels) -> Layout:
    """Layout of (H, W, 3) pixels; a picture of its ground alone has no object to cut into."""
    corners = _corners(picture).tolist()  # so few numbers that numpy takes longer for them
    if sum(min(corner) >= _WHITE for corner in corners) >= _WHITE_CORNERS:
        colour = (255, 255, 255)
    else:
        red, green, blue = (
            sum(sorted(channel)[1:3]) // 2 for channel in zip(*corners, strict=True)
        )
        colour = (red, green, blue)  # the median
        if sum(_alike(corner, colour) for corner in corners) < _CORNERS:
            return Layout(None, 0.0)
    step = -(-max(picture.shape[:2]) // _LOOKED_AT)
    return Layout(colour, margin(box(outline(picture[::step, ::step], colour))))


def margin(found: Box | None) -> float:
    """Least distance of a box from the frame, as a share of that side; 1 where there is no box."""
    return 1.0 if found is None else min(found[0], found[1], 1 - found[2], 1 - found[3])


def cut_out(alpha: Pixels) -> bool:
    """Whether (H, W) opacity is that of an object alone: two corners at least are transparent."""
    return bool((_corners(alpha) < _OPAQUE).sum() >= _WHITE_CORNERS)


def outline(picture: Pixels, ground: tuple[int, int, int]) -> Pixels:
    """The object of a cut-out: (H, W), 255 where the picture is not its ground, else 0."""
    import cv2

    least, most = ([max(0, min(255, c + d)) for c in ground] for d in (-_SAME, _SAME))
    same = cv2.inRange(picture, np.array(least), np.array(most))
    return np.asarray(cv2.bitwise_not(same), np.uint8)


def box(mask: Pixels) -> Box | None:
    """The bounds of what a (H, W) mask shows; None where it shows nothing."""
    sides = []
    for axis in (0, 1):
        places = np.flatnonzero((mask >= _OPAQUE).any(axis=axis))
        if places.size == 0:
            return None
        length = mask.shape[1 - axis]
        sides.append((float(places[0] / length), float((places[-1] + 1) / length)))
    (x1, x2), (y1, y2) = sides
    return x1, y1, x2, y2


def spanned(boxes: Sequence[Box], shape: Sequence[int]) -> Pixels:
    """(H, W) mask of the least rectangle that holds all boxes; `shape` begins (H, W).

    Being in one piece, it reaches the frame wherever a box is cut into, or cut off as a whole.
    """
    height, width = shape[:2]
    mask = np.zeros((height, width), np.uint8)
    if boxes:
        left, top, right, bottom = zip(*boxes, strict=True)
        down = slice(int(min(top) * height), math.ceil(max(bottom) * height))
        mask[down, int(min(left) * width) : math.ceil(max(right) * width)] = 255
    return mask


def cut_into(mask: Pixels) -> bool:
    """Whether what a (H, W) mask shows reaches the frame, so that a part of it may be outside."""
    found = box(mask)
    return found is None or min(found[:2]) <= 0 or max(found[2:]) >= 1


def _alike(colour: Sequence[int], other: Sequence[int]) -> bool:
    return all(abs(one - two) <= _SAME for one, two in zip(colour, other, strict=True))


def _corners(picture: Pixels) -> Pixels:
    return picture[[0, 0, -1, -1], [0, -1, 0, -1]]
