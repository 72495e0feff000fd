"""Encoded bytes in; a picture for measuring out: as few of its pixels as are cheap, or all.

Everything that measures or hashes a picture looks at the same small one, so that one decode will
do for all of it, see `curate.together`.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from curate.dataset import pixels

LEAST = 256  # pixels that the shorter side of a picture keeps for measuring
TINY = 64  # pixels of the longest side that colours and blur need
_HALVES = (8, 4, 2)  # what a JPEG decoder divides by, each new pixel the mean of old ones
_ALIKE = ("RGB", "L")  # modes of JPEGs whose whole picture is the same from either decoder


@dataclass(frozen=True)
class Small:
    """A picture for measuring."""

    grid: np.ndarray  # (H, W, 3) uint8, RGB, upright, transparency laid on white
    size: tuple[int, int]  # width and height (pixels) of the whole picture, upright
    transparency: float  # mean of 1 - alpha, 0 to 1
    reduced: bool  # whether the grid has fewer pixels than the picture
    _shrunk: dict[int, np.ndarray] = field(default_factory=dict, repr=False)
    _grey: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def within(self, longest_side: int) -> np.ndarray:
        """The grid, shrunk where its longest side has more than so many pixels; made once.

        Each new pixel is the mean of an area. That of a reduced picture, which lost its finest
        detail already, is interpolated from four pixels in a sixth of the time: sharpness is then
        a fifth higher, and what is counted over all pixels the same within a hundredth.
        """
        if longest_side not in self._shrunk:
            first = self.grid if longest_side >= LEAST else self.within(LEAST)
            self._shrunk[longest_side] = _shrunk(first, longest_side, self.reduced)
        return self._shrunk[longest_side]

    def grey(self, longest_side: int) -> np.ndarray:
        """Grey values (H, W) uint8 of `within`, those of ITU-R 601; made once."""
        import cv2  # what only decodes pictures does without

        if longest_side not in self._grey:
            colours = self.within(longest_side)
            self._grey[longest_side] = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
        return self._grey[longest_side]


def small(data: bytes, least: int = LEAST, max_pixels: int = pixels.MAX_PIXELS) -> Small:
    """Picture as `pixels.decode` has it; a JPEG at 1/2, 1/4 or 1/8 if enough pixels are left.

    Args:
        data: an encoded picture.
        least: pixels that the shorter side keeps; smaller pictures are left as they are.
        max_pixels: width x height that the whole picture may have.

    Raises:
        ImageError: as `decode`, and a JPEG of which data is missing.
    """
    image = pixels.opened(data, max_pixels)
    size, turned = image.size, pixels.orientation(image)
    if turned > 4:
        size = size[::-1]
    part = next((n for n in _HALVES if min(size) >= n * least), 1)
    if image.format in pixels.JPEG and (part > 1 or image.mode in _ALIKE):
        wanted = (math.ceil(image.width / part), math.ceil(image.height / part))
        grid = pixels.jpeg(data, "RGB", wanted)
        if grid is not None:
            if turned > 1:
                grid = np.asarray(pixels.upright(Image.fromarray(grid), turned))
            return Small(grid, size, 0.0, part > 1)
    grid, clear = pixels.white(pixels.upright(pixels.loaded(image), turned))
    return Small(grid, size, clear, False)


def _shrunk(grid: np.ndarray, longest_side: int, quickly: bool) -> np.ndarray:
    import cv2  # what only decodes pictures does without

    height, width = grid.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return grid
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if not quickly:
        return cv2.resize(grid, size, interpolation=cv2.INTER_AREA)
    high, wide = (min(int(1 / scale), side) for side in (height, width))
    if max(high, wide) > 1:  # means of whole squares first, until less than 2 is left
        rows, columns = height // high, width // wide
        grid = grid[: rows * high, : columns * wide]
        grid = cv2.resize(grid, (columns, rows), interpolation=cv2.INTER_AREA)
    return cv2.resize(grid, size, interpolation=cv2.INTER_LINEAR)
