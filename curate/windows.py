"""A small grey picture in; the perceptual hashes of its windows, parts as a crop shows them, out.

Of the frequencies that are hashed (`curate.looks`) each is linear in the picture's pixels, and what
a window has down its side is independent of what it has across: those of all windows come of the
32 x 32 copy by which the whole picture is hashed, by two products with one matrix.
"""

import functools
import itertools
import math

import numpy as np
from PIL import Image
from scipy.fft import dct

from curate.looks import GRID, LOWEST

_SHARES = (0.5, 0.55, 0.62, 0.7, 0.78, 0.87, 0.95, 1.0)  # of a side that a window keeps
_USUAL = (0.6, 0.65, 0.75, 0.8, 0.85, 0.9)  # of both sides, in the middle and at the ends alone
_STEP = 0.08  # of a side, at most, between windows that keep as much
_AREA = 0.36  # of the picture, that a window keeps, strips of its whole width or height aside
_SHAPE = 1.45  # so many times as long or as short as the picture, at most, but for strips
_SLIGHT = 1e-9
_PLAIN = 2.0  # grey levels by which a part varies, below which it shows nothing


@functools.cache
def edges() -> np.ndarray:
    """(W, 4) top, bottom, left and right of every window, 0 to 1."""
    spans, rows, columns = _grid()
    return np.concatenate([spans[rows], spans[columns]], axis=1)


def hashes(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the windows of a picture look like.

    Args:
        small: (32, 32) uint8, as `looks.small` gives it.

    Returns:
        (V,) uint64 hashes of the windows that show something, and (V,) their places in `edges`.
    """
    spans, rows, columns = _grid()
    lowest = _lowest()
    found = lowest @ small.astype(np.float32) @ lowest.T
    found = found.reshape(len(spans), LOWEST, len(spans), LOWEST)[rows, :, columns]
    found = found.reshape(len(rows), LOWEST * LOWEST)
    change = np.sqrt(np.square(found[:, 1:]).sum(axis=1)) / (2 * GRID * GRID)
    shown = np.flatnonzero(change >= _PLAIN)
    found = found[shown]
    middle = np.partition(found, (31, 32), axis=1)[:, 31:33].mean(axis=1)
    bits = np.packbits(found > middle[:, None], axis=1)
    return bits.view(">u8").ravel().astype(np.uint64), shown


def plain(small: np.ndarray) -> bool:
    """Whether a (32, 32) picture shows nothing."""
    return bool(small.std() < _PLAIN)


@functools.cache
def _grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(R, 2) the spans of a side, and (W,) which of them each window has down and across."""
    counts = {share: math.ceil((1 - share) / _STEP - _SLIGHT) + 1 for share in _SHARES}
    counts |= dict.fromkeys(_USUAL, 3)
    sides = [(start, n) for n in counts for start in np.linspace(0, 1 - n, counts[n]).tolist()]
    windows = []
    for (down, (_, high)), (across, (_, wide)) in itertools.product(enumerate(sides), repeat=2):
        shape = max(high, wide) / min(high, wide)
        if high in _USUAL or wide in _USUAL:
            taken = high == wide
        else:
            taken = max(high, wide) == 1 or (high * wide >= _AREA and shape <= _SHAPE)
        if taken and high * wide < 1:
            windows.append((down, across))
    rows, columns = np.array(windows).T
    return np.array([(start, start + share) for start, share in sides]), rows, columns


@functools.cache
def _lowest() -> np.ndarray:
    """(R x 8, 32) what gives the lowest frequencies of each span, as the hash scales them."""
    same = Image.fromarray(np.eye(GRID, dtype=np.float32))
    parts = []
    for start, end in _grid()[0]:
        box = (0, start * GRID, GRID, end * GRID)
        held = same.resize((GRID, GRID), Image.Resampling.LANCZOS, box=box)
        parts.append(dct(np.asarray(held), axis=0)[:LOWEST])
    return np.concatenate(parts)
