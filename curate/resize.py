"""Encoded picture in, a smaller one encoded anew out: what a crawl keeps where it resizes.

Most of the work is saved in the decoder: a JPEG is decoded at 1/2, 1/4 or 1/8 of its size where
that is still large enough. A ratio below two, as that leaves, is low-passed by a short windowed
sinc and sampled bicubically, which is as free of aliasing as Lanczos at a fifth of its price; a
larger one is averaged over the area of the new pixels.
"""

import io
import math
from typing import Annotated, Literal

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
    image = pixels.opened(data, max_pixels)
    size = _target(image.size, params, max_pixels)
    grid = _from_jpeg(data, image.size, size) if image.format in pixels.JPEG else None
    if grid is None:
        image = pixels.decode(data, max_pixels)
        size = _target(image.size, params, max_pixels)
        grid = _sampled(np.asarray(image), image.size, size)
    elif (turned := pixels.orientation(image)) > 1:
        grid = np.asarray(pixels.upright(Image.fromarray(grid), turned))
    height, width = grid.shape[:2]
    return _encoded(grid, params), params.format, width, height


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


def _from_jpeg(data: bytes, size: tuple[int, int], new: tuple[int, int]) -> "np.ndarray | None":
    """(H, W, 3) of a JPEG in its new size, not turned; None where `pixels.jpeg` says so."""
    ratio = min(old / side for old, side in zip(size, new, strict=True))
    scale = next((s for s in _SCALES if s <= ratio), 1)
    grid = pixels.jpeg(data, "RGB", (math.ceil(size[0] / scale), math.ceil(size[1] / scale)))
    return None if grid is None else _sampled(grid, (size[0] / scale, size[1] / scale), new)


def _sampled(grid: np.ndarray, extent: tuple[float, float], new: tuple[int, int]) -> np.ndarray:
    """Pixels on a new grid.

    Args:
        grid: (H, W, 3) uint8.
        extent: width and height of the picture in pixels of `grid`, whose last column and row
            may reach beyond it.
        new: width and height (pixels) of the result.
    """
    if extent == new:
        return grid
    cv2.setNumThreads(1)
    ratio = max(old / side for old, side in zip(extent, new, strict=True))
    if 1 < ratio < 2:
        taps = _low_pass(ratio)
        grid = cv2.sepFilter2D(grid, -1, taps, taps)
    across, down = (side / old for old, side in zip(extent, new, strict=True))
    how = cv2.INTER_AREA if ratio >= 2 else cv2.INTER_CUBIC
    grid = cv2.resize(grid, None, fx=across, fy=down, interpolation=how)
    return grid[: new[1], : new[0]]


def _low_pass(ratio: float) -> np.ndarray:
    """(5,) or (7,) weights that keep what pixels `ratio` times as large show: a Lanczos."""
    reach = 2 if ratio < 1.5 else 3
    places = np.arange(-reach, reach + 1) / ratio
    weights = np.sinc(places) * np.sinc(places / 3)
    return weights / weights.sum()


def _encoded(grid: np.ndarray, params: Resize) -> bytes:
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
