"""Encoded picture in, a smaller one encoded anew out: what a crawl keeps where it resizes.

Most of the work is saved in the decoder: a JPEG is decoded at 1/2, 1/4 or 1/8 of its size where
that is still large enough. A ratio below two, as that leaves, is low-passed by a short windowed
sinc and sampled bicubically, which is as free of aliasing as Lanczos at a fifth of its price; a
larger one is averaged over the area of the new pixels.
"""

import io
import math
from typing import Annotated, Literal, NamedTuple

import cv2
import numpy as np
import simplejpeg
from PIL import Image
from pydantic import Field

from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.stage.params import parameters

_LONGEST = {"jpg": 65_500, "webp": 16_383, "png": 1_000_000}  # pixels a side that a format holds
_SCALES = (8, 4, 2)  # what a JPEG decoder divides by at no cost
_COMPRESSION = 6  # zlib's level for PNG


@parameters
class Resize:
    """How large pictures become and how they are stored."""

    side: Annotated[int, Field(ge=1)] = 256  # pixels
    by: Literal["shorter", "longest", "none"] = "shorter"  # the side that is meant; none: as it is
    format: Literal["jpg", "webp", "png"] = "jpg"
    quality: Annotated[int, Field(ge=1, le=100)] = 95  # of jpg and webp; png loses nothing
    only_shrink: bool = True  # leave smaller pictures at their size


class Decoded(NamedTuple):
    """A picture's pixels and what is to become of them."""

    grid: np.ndarray  # (H, W, 3) uint8, not turned
    extent: tuple[float, float]  # width and height of the picture in pixels of `grid`, whose last
    # column and row may reach beyond it
    size: tuple[int, int]  # new width and height (pixels), not turned
    turned: int  # how it is to be turned afterwards, see `curate.dataset.pixels.orientation`


def resized(
    data: bytes, params: Resize, max_pixels: int = pixels.MAX_PIXELS
) -> tuple[bytes, str, int, int]:
    """Encoded bytes, extension, width and height (pixels) of a picture in its new size.

    It is upright (EXIF), transparency lies on white, and nothing but pixels is kept.

    Args:
        data: an encoded picture; all that `curate.dataset.pixels.probe` checks is checked here.
        params: the size and form.
        max_pixels: width x height that the picture may have, before and after.

    Raises:
        ImageError: no readable picture, or one that cannot be had in that size.
    """
    grid = sampled(decoded(data, params, max_pixels))
    height, width = grid.shape[:2]
    return encoded(grid, params), params.format, width, height


def decoded(data: bytes, params: Resize, max_pixels: int) -> Decoded:
    """Pixels of a picture, no fewer than its new size needs and as few as its decoder can give.

    Raises:
        ImageError: as `resized`.
    """
    image = pixels.opened(data, max_pixels)
    new = _target(image.size, params, max_pixels)
    if image.format in pixels.JPEG:
        ratio = min(old / side for old, side in zip(image.size, new, strict=True))
        scale = next((s for s in _SCALES if s <= ratio), 1)
        width, height = (side / scale for side in image.size)
        grid = pixels.jpeg(data, "RGB", (math.ceil(width), math.ceil(height)))
        if grid is not None:
            return Decoded(grid, (width, height), new, pixels.orientation(image))
    image = pixels.decode(data, max_pixels)
    return Decoded(np.asarray(image), image.size, _target(image.size, params, max_pixels), 1)


def _target(size: tuple[int, int], params: Resize, max_pixels: int) -> tuple[int, int]:
    """New width and height (pixels)."""
    scale = 1.0
    if params.by != "none":
        scale = params.side / (min(size) if params.by == "shorter" else max(size))
        scale = min(scale, 1.0) if params.only_shrink else scale
    width, height = (max(1, round(side * scale)) for side in size)
    longest = _LONGEST[params.format]
    if max(width, height) > longest or width * height > max_pixels:
        raise ImageError(
            f"{size[0]} x {size[1]} would become {width} x {height}, more than {longest} pixels "
            f"a side or {max_pixels} in all"
        )
    return width, height


def sampled(picture: Decoded) -> np.ndarray:
    """(H, W, 3) uint8 of a picture in its new size, upright."""
    grid, (across, down), (width, height), turned = picture
    if (across, down) != (width, height):
        cv2.setNumThreads(1)
        ratio = max(across / width, down / height)
        if 1 < ratio < 2:
            taps = _low_pass(ratio)
            grid = cv2.sepFilter2D(grid, -1, taps, taps)
        how = cv2.INTER_AREA if ratio >= 2 else cv2.INTER_CUBIC
        grid = cv2.resize(grid, None, fx=width / across, fy=height / down, interpolation=how)
        grid = grid[:height, :width]
    return np.asarray(pixels.upright(Image.fromarray(grid), turned)) if turned > 1 else grid


def _low_pass(ratio: float) -> np.ndarray:
    """(5,) or (7,) weights that keep what pixels `ratio` times as large show: a Lanczos."""
    reach = 2 if ratio < 1.5 else 3
    places = np.arange(-reach, reach + 1) / ratio
    weights = np.sinc(places) * np.sinc(places / 3)
    return weights / weights.sum()


def encoded(grid: np.ndarray, params: Resize) -> bytes:
    """Bytes of (H, W, 3) uint8 in the format asked for."""
    if params.format == "jpg":
        grid = np.ascontiguousarray(grid)
        return simplejpeg.encode_jpeg(grid, params.quality, colorsubsampling="420", fastdct=False)
    out = io.BytesIO()
    if params.format == "webp":
        Image.fromarray(grid).save(out, "WEBP", quality=params.quality)
    else:
        Image.fromarray(grid).save(out, "PNG", compress_level=_COMPRESSION)
    return out.getvalue()
