"""A picture in; the perceptual hashes of it, of its mirror image and of its usual crops, out.

The hash is `imagehash.phash`: of a grey 32 x 32 copy the 8 x 8 lowest frequencies, a bit for each
above their median. It moves by more than a few bits where a picture is mirrored or loses more than
some hundredths of a side, so these copies are hashed as such. The crops are those that pipelines
make: squares out of the middle and both ends, and windows of 95 to 60% of the sides in the middle
and in the corners. A crop at any other place is for embeddings to find (`leakage_semantic`).
"""

import itertools
from collections.abc import Iterator

import imagehash
from PIL import Image, ImageOps

_GRID = 32  # pixels on a side of what is transformed
_SHARES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)  # of both sides that a window keeps
_ANCHORS = ((0.5, 0.5), *itertools.product((0.0, 1.0), repeat=2))  # 0: at the left or top
_SQUARE = 1.05  # longer side over the shorter, beyond which a square is another picture


def code(picture: Image.Image) -> int:
    """Hash of a picture, 64 bits."""
    return int(str(imagehash.phash(picture)), 16)


def codes(picture: Image.Image) -> tuple[int, int]:
    """Hashes of a picture and of its mirror image, from one small copy."""
    small = picture.convert("L").resize((_GRID, _GRID), Image.Resampling.LANCZOS)
    return code(small), code(ImageOps.mirror(small))


def crops(picture: Image.Image) -> Iterator[int]:
    """Hashes of a picture's usual crops."""
    grey = picture.convert("L")
    for box in _boxes(*grey.size):
        yield code(grey.resize((_GRID, _GRID), Image.Resampling.LANCZOS, box=box))


def _boxes(width: int, height: int) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each crop, in pixels."""
    for share, (x, y) in itertools.product(_SHARES, _ANCHORS):
        left, top = x * (1 - share) * width, y * (1 - share) * height
        yield left, top, left + share * width, top + share * height
    side = min(width, height)
    if max(width, height) > _SQUARE * side:
        for anchor in (0.5, 0.0, 1.0):
            left, top = anchor * (width - side), anchor * (height - side)
            yield left, top, left + side, top + side
