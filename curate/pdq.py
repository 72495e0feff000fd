"""An encoded picture in; its PDQ hash, the one that industry's lists of abuse are made of, out.

PDQ (Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019):
grey, blurred by two box filters, 64 x 64 samples, 16 x 16 frequencies of their discrete cosine
transform, a bit for each that is above their median. The package `pdqhash` has no wheels for
Linux and its build needs a compiler, hence this page; hashes are those of the package.
"""

import numpy as np

from curate.dataset import pixels

SIDE, _SAMPLES = 16, 64  # frequencies and samples on a side
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MOST = 512  # pixels on a side that the reference hashes; larger pictures are shrunk to it
_ANGLES = np.outer(np.arange(1, SIDE + 1), 2 * np.arange(_SAMPLES) + 1)
_COSINES = np.sqrt(2 / _SAMPLES) * np.cos(np.pi / 2 / _SAMPLES * _ANGLES)  # (16, 64)


def hashed(data: bytes, max_pixels: int) -> tuple[bytes, int]:
    """PDQ hash (32 bytes, as its hexadecimal digits are written) and its quality, 0 to 100.

    Raises:
        ImageError: the picture cannot be read.
    """
    image = pixels.decode(data, max_pixels)
    if max(image.size) > _MOST:
        image = image.resize((min(image.width, _MOST), min(image.height, _MOST)))
    return of(np.asarray(image))


def of(grid: np.ndarray) -> tuple[bytes, int]:
    """The same of (H, W, 3) uint8, RGB, whatever its size."""
    grey = (grid @ _LUMA).astype(np.float64)
    for _ in range(2):
        grey = _blurred(_blurred(grey, 1), 0)
    height, width = grey.shape
    at = np.arange(_SAMPLES) + 0.5
    samples = grey[(at * height / _SAMPLES).astype(int)][:, (at * width / _SAMPLES).astype(int)]
    frequencies = (_COSINES @ samples @ _COSINES.T).ravel()
    median = np.partition(frequencies, len(frequencies) // 2 - 1)[len(frequencies) // 2 - 1]
    return np.packbits((frequencies > median)[::-1]).tobytes(), _quality(samples)


def _blurred(grey: np.ndarray, axis: int) -> np.ndarray:
    """Means over windows of a 128th of the picture, cut off at its borders."""
    length = grey.shape[axis]
    window = -(-length // (2 * _SAMPLES))
    after = (window + 2) // 2
    ends = np.arange(length) + after
    first, last = (ends - window).clip(0), ends.clip(None, length)
    sums = np.concatenate([np.zeros_like(grey.take([0], axis)), grey.cumsum(axis)], axis)
    counts = (last - first).reshape((-1, 1) if axis == 0 else (1, -1))
    means: np.ndarray = (sums.take(last, axis) - sums.take(first, axis)) / counts
    return means


def _quality(samples: np.ndarray) -> int:
    """How much there is to see: the steps between samples, in hundredths of white."""
    steps = [np.abs(np.trunc(np.diff(samples, axis=axis) * 100 / 255)).sum() for axis in (0, 1)]
    return min(100, int(sum(steps) / 90))
