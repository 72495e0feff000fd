"""A recipe and its parent's picture in; what is drawn over, and where it is drawn anew, out.

The recipe's `mask` says where. By a plain ground, on the parent as large as the pipeline draws it:
the `ground`, or the `object` on it. By transparency, on the parent at its own size, up to the
recipe's `longest_side`: the `outline` of what is cut out, as soft at its rim as it is, or the `box`
around it, since another object has another outline.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from augment.composition.cutouts import CLEAR, HALF, bounds
from augment.diffusion.drawing import Over, prepared
from augment.layout import Layout, layout
from curate.dataset import pixels
from curate.dataset.errors import ImageError

_SAME = 10  # of 255: colours this close are the same ground
_BY_ALPHA = ("outline", "box")
_AROUND = 0.08  # of a side of what is cut out: how far its box reaches beyond it


def over(recipe: Mapping[str, Any], picture: Image.Image) -> Over:
    """What a recipe draws over.

    Args:
        recipe: of the task image or inpaint.
        picture: the parent's, as `pixels.decode_alpha` gives it.

    Raises:
        ImageError: the parent has no plain ground or no transparency, and the mask needs it.
    """
    if recipe["task"] == "inpaint" and recipe["mask"] in _BY_ALPHA:
        return _by_alpha(picture, recipe["mask"], recipe["longest_side"])
    parent = prepared(pixels.on_white(picture), recipe["side"])
    return Over(parent, masked(parent, recipe["mask"]) if recipe["task"] == "inpaint" else None)


def masked(parent: Image.Image, which: str) -> Image.Image:
    """White where a cut-out is drawn anew: its `ground`, or the `object` on it.

    Raises:
        ImageError: the picture has no plain ground.
    """
    grid = np.asarray(parent)
    seen: Layout = layout(grid)
    if seen.ground is None:
        raise ImageError("no plain ground, so nothing tells where the object is")
    ground = np.abs(grid.astype(np.int16) - np.array(seen.ground)).max(axis=2) <= _SAME
    return Image.fromarray(np.where(ground == (which == "ground"), 255, 0).astype(np.uint8))


def _by_alpha(picture: Image.Image, which: str, longest: int) -> Over:
    if picture.mode != "RGBA":
        raise ImageError("no transparency, so nothing tells where the object is")
    scale = longest / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    alpha = np.asarray(picture)[..., 3]
    if not (alpha >= HALF).any():
        raise ImageError("nothing of it is opaque")
    mask = np.where(alpha >= CLEAR, alpha, 0)
    if which == "box":
        left, top, right, bottom = bounds(alpha >= HALF)
        beyond = round(_AROUND * (right - left)), round(_AROUND * (bottom - top))
        across = slice(max(0, left - beyond[0]), right + beyond[0])
        mask[max(0, top - beyond[1]) : bottom + beyond[1], across] = 255
    return Over(pixels.on_white(picture), Image.fromarray(mask.astype(np.uint8)))
