"""A picture in; the perceptual hashes of it and of its mirror image out.

The hash is `imagehash.phash`: of a grey 32 x 32 copy the 8 x 8 lowest frequencies, a bit for each
above their median. It moves by more than a few bits where a picture is mirrored, hence the second,
or loses more than some hundredths of a side: crops have hashes of their own, see `curate.windows`.
"""

import numpy as np
from PIL import Image
from scipy.fft import dct

GRID = 32  # pixels on a side of what is transformed
LOWEST = 8  # frequencies of each axis that count


def small(picture: Image.Image) -> np.ndarray:
    """A picture's grey copy that is hashed, (32, 32) uint8."""
    return np.asarray(picture.convert("L").resize((GRID, GRID), Image.Resampling.LANCZOS))


def code(picture: Image.Image) -> int:
    """Hash of a picture, 64 bits."""
    return int.from_bytes(hashed(small(picture)), "big")


def both(grid: np.ndarray) -> tuple[int, int]:
    """Hashes of (32, 32) uint8 grey values and of their mirror image, 64 bits each."""
    return int.from_bytes(hashed(grid), "big"), int.from_bytes(hashed(grid[:, ::-1]), "big")


def hashed(grid: np.ndarray) -> bytes:
    """Hash of (32, 32) uint8 grey values, 8 bytes: bit for bit that of the library."""
    low = dct(dct(grid, axis=0)[:LOWEST], axis=1)[:, :LOWEST].ravel()
    middle = np.sort(low)[low.size // 2 - 1 :][:2]
    return np.packbits(low > middle.sum() / 2).tobytes()
