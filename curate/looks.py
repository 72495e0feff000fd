"""A picture in; the perceptual hashes of it, of its mirror image and of its usual crops, out.

The hash is `imagehash.phash`: of a grey 32 x 32 copy the 8 x 8 lowest frequencies, a bit for each
above their median. It moves by more than a few bits where a picture is mirrored or loses more than
some hundredths of a side, so these copies are hashed as such. The crops are those that pipelines
make: squares out of the middle and both ends, and windows of 95 to 60% of the sides in the middle
and in the corners. A crop at any other place is for embeddings to find (`leakage_semantic`).
"""

import itertools
from collections.abc import Iterator

import numpy as np
from PIL import Image
from scipy.fft import dct

GRID = 32  # pixels on a side of what is transformed
_LOWEST = 8  # frequencies of each axis that count
_SHARES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)  # of both sides that a window keeps
_ANCHORS = ((0.5, 0.5), *itertools.product((0.0, 1.0), repeat=2))  # 0: at the left or top
_SQUARE = 1.05  # longer side over the shorter, beyond which a square is another picture


def code(picture: Image.Image) -> int:
    """Hash of a picture, 64 bits."""
    return int.from_bytes(hashed(_small(picture)), "big")


def codes(picture: Image.Image) -> tuple[int, int]:
    """Hashes of a picture and of its mirror image, from one small copy."""
    small = _small(picture)
    return int.from_bytes(hashed(small), "big"), int.from_bytes(hashed(small[:, ::-1]), "big")


def hashed(grid: np.ndarray) -> bytes:
    """Hash of (32, 32) uint8 grey values, 8 bytes: bit for bit that of the library."""
    low = dct(dct(grid, axis=0)[:_LOWEST], axis=1)[:, :_LOWEST].ravel()
    middle = np.sort(low)[low.size // 2 - 1 :][:2]
    return np.packbits(low > middle.sum() / 2).tobytes()


def _small(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L").resize((GRID, GRID), Image.Resampling.LANCZOS))


def crops(picture: Image.Image) -> Iterator[int]:
    """Hashes of a picture's usual crops."""
    grey = picture.convert("L")
    for box in _boxes(*grey.size):
        small = grey.resize((GRID, GRID), Image.Resampling.LANCZOS, box=box)
        yield int.from_bytes(hashed(np.asarray(small)), "big")


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
