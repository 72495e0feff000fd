"""Encoded pictures with transparency in, the object that was cut out of its ground out.

The object's mask is where it is at least half opaque. Pixels that are all but clear are cleared,
so that no faint halo reaches beyond the box that is told of it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError

CLEAR, HALF, _SOLID = 16, 128, 200  # of 255, alpha: all but clear; half; opaque to the eye
_LEAST_SIDE = 48  # pixels of the object's shorter side
_LONGEST = 3.0  # longer side over shorter side
_LEAST_FILLED = 0.2  # share of its box that the object fills
_LEAST_SOLID = 0.8  # share of the shown pixels that are opaque: no smoke, glass or glow
_LEAST_CLEAR = 0.05  # share of the picture that is clear: it is a cut-out
_WHOLE = 0.9  # share of the mask in its largest piece, for one thing


def cut_out(data: bytes) -> Image.Image:
    """RGBA picture of an object, cropped to its mask's box.

    Raises:
        ImageError: the bytes are no picture, or no cut-out of one opaque object; says why.
    """
    image = pixels.opened(data)
    turned = pixels.orientation(image)
    found = pixels.upright(pixels.loaded(image), turned)
    if found.mode != "RGBA":
        raise ImageError("no transparency")
    shown = np.asarray(found).copy()
    shown[shown[..., 3] < CLEAR] = 0
    alpha = shown[..., 3]
    object_mask = alpha >= HALF
    if (alpha == 0).mean() < _LEAST_CLEAR or not object_mask.any():
        raise ImageError("no cut-out: nothing of it is clear, or all")
    left, top, right, bottom = bounds(object_mask)
    width, height = right - left, bottom - top
    inside = object_mask[top:bottom, left:right]
    if min(width, height) < _LEAST_SIDE or max(width, height) > _LONGEST * min(width, height):
        raise ImageError(f"an object of {width} x {height} pixels is too small or too long")
    if inside.mean() < _LEAST_FILLED:
        raise ImageError(f"the object fills only {inside.mean():.2f} of its box")
    solid = (alpha >= _SOLID).sum() / (alpha > 0).sum()
    if solid < _LEAST_SOLID:
        raise ImageError(f"only {solid:.2f} of the object is opaque")
    if (largest := _largest(inside)) < _WHOLE:
        raise ImageError(f"in pieces: the largest is {largest:.2f} of the object")
    return Image.fromarray(shown[top:bottom, left:right])


def bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Box (left, top, right, bottom; pixels) of a mask (H, W) with something in it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _largest(mask: NDArray[np.bool_]) -> float:
    """Share of a mask that its largest connected piece has."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return float(statistics[1:, cv2.CC_STAT_AREA].max() / mask.sum())
