"""Encoded pictures in; one that fills its frame, so that things can be drawn before it, out."""

import numpy as np
from PIL import Image, ImageOps

from augment.layout import layout
from curate.dataset import pixels
from curate.dataset.errors import ImageError

_LEAST_SIDE = 128  # pixels
_LONGEST = 2.0  # longer side over shorter side
_OPAQUE = 250  # of 255


def filling(data: bytes, canvas: int) -> Image.Image:
    """A picture that fills its frame, its middle as a square of so many pixels, RGB.

    Raises:
        ImageError: it is none; says why.
    """
    image = pixels.opened(data)
    turned = pixels.orientation(image)
    found = pixels.upright(pixels.loaded(image), turned)
    if "A" in found.getbands() and np.asarray(found.getchannel("A")).min() < _OPAQUE:
        raise ImageError("it is not opaque")
    if min(found.size) < _LEAST_SIDE or max(found.size) > _LONGEST * min(found.size):
        raise ImageError(f"{found.width} x {found.height} pixels are too small or too long")
    plain = found.convert("RGB")
    if layout(np.asarray(plain)).ground is not None:
        raise ImageError("it has a ground of its own")
    return ImageOps.fit(plain, (canvas, canvas), Image.Resampling.LANCZOS)
