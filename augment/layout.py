"""What a picture's rim tells: (H, W, 3) pixels -> the ground's colour and the object's margins.

A cut-out, an object on a plain ground, must be treated unlike a photo: what a rotation
uncovers is filled with its ground, and a crop must not cut into it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LOOKED_AT = 256  # pixels of the longer side that are looked at, evenly spread
_SAME = 10  # of 255: colours this close are the same ground
_WHITE = 250  # of 255: transparency was laid on white, so white corners are ground
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


def layout(picture: NDArray[np.uint8]) -> Layout:
    """Layout of (H, W, 3) pixels; a picture of its ground alone has no object to cut into."""
    corners = picture[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    white = (corners.min(axis=1) >= _WHITE).sum() >= _WHITE_CORNERS
    ground = np.full(3, 255, np.int16) if white else np.median(corners, axis=0).astype(np.int16)
    if not white and (np.abs(corners - ground).max(axis=1) <= _SAME).sum() < _CORNERS:
        return Layout(None, 0.0)
    colour = (int(ground[0]), int(ground[1]), int(ground[2]))
    step = -(-max(picture.shape[:2]) // _LOOKED_AT)
    shown = np.abs(picture[::step, ::step].astype(np.int16) - ground).max(axis=2) > _SAME
    shares = []
    for axis in (0, 1):
        places = np.flatnonzero(shown.any(axis=axis))
        length = shown.shape[1 - axis]
        if places.size == 0:
            return Layout(colour, 1.0)
        shares += [places[0] / length, (length - 1 - places[-1]) / length]
    return Layout(colour, float(min(shares)))
