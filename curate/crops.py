"""Two lots of pictures in; which of the one are crops of which of the other, mirrored or not, out.

That a picture is a crop of another is asked in two steps. Its hash must lie within 10 bits of that
of some window of the other; of these the window with the nearest hash is then fitted to it, pixel
by pixel, and what it shows must agree with it in grey levels (`curate.fitting`).

Of a picture are held its small grey copy, 1 KiB, its hash and its mirror image's, 16 bytes, whether
it shows something, and of up to 626 windows their hashes and places, 12 bytes each: 8.4 KiB in all,
40 MiB of 5,000 pictures.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from curate import fitting, hamming, looks, windows

_BITS = 10  # by which the hash of the best window may differ from that of a crop
_FITTED = 256  # pairs that are fitted at once
_HELD = 1 << 20  # near hashes, after which only the nearest of each pair are held


class Seen(NamedTuple):
    """Pictures as they are compared."""

    small: np.ndarray  # (n, 32, 32) uint8 grey copies
    codes: np.ndarray  # (n, 2) uint64 hashes, of the picture and of its mirror image
    shows: np.ndarray  # (n,) bool, whether it shows something
    parts: np.ndarray  # (V,) uint64 hashes of all their windows
    places: np.ndarray  # (V,) int32 whose, and which: picture x windows of one + window


class Crops(NamedTuple):
    """Pairs of pictures, one of which is a crop of the other."""

    whole: np.ndarray  # (P,) places of those that hold it
    crop: np.ndarray  # (P,) places of those that are it
    mirrored: np.ndarray  # (P,) bool, whether it is one of the mirror image
    unlike: np.ndarray  # (P,) 1 - correlation of their grey levels


def seen(small: Sequence[np.ndarray]) -> Seen:
    """Pictures by their small grey copies, as `looks.small` gives them."""
    count = len(windows.edges())
    parts, places = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
    for number, one in enumerate(small):
        hashes, which = windows.hashes(one)
        parts.append(hashes)
        places.append((which + number * count).astype(np.int32))
    return Seen(
        np.array(small, np.uint8).reshape(-1, looks.GRID, looks.GRID),
        np.array([looks.both(one) for one in small], np.uint64).reshape(-1, 2),
        np.array([not windows.plain(one) for one in small], np.bool_),
        np.concatenate(parts),
        np.concatenate(places),
    )


def found(wholes: Seen, pictures: Seen, alike: float) -> Crops:
    """Which pictures are crops of which wholes.

    Args:
        wholes: pictures, windows of which are looked at.
        pictures: those that may be crops of them.
        alike: correlation of grey levels, from which on a window shows the picture.
    """
    shows = np.flatnonzero(pictures.shows)
    whole, window, code = _likely(wholes, pictures.codes[shows].ravel())
    crop, mirrored = shows[code // 2], code % 2 == 1
    fits = [np.zeros(0, np.float32)]
    for start in range(0, len(whole), _FITTED):
        some = slice(start, start + _FITTED)
        edges, sought = windows.edges()[window[some]], pictures.small[crop[some]]
        sought = np.where(mirrored[some, None, None], sought[:, :, ::-1], sought)
        fits.append(fitting.fitted(wholes.small[whole[some]], edges, sought))
    fit = np.concatenate(fits)
    held = fit >= alike
    return Crops(whole[held], crop[held], mirrored[held], 1 - fit[held])


def _likely(wholes: Seen, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wholes, (P,), a window of each, (P,), and the place of a hash that is near to it, (P,)."""
    count = len(windows.edges())
    near, held = [np.zeros((4, 0), np.int64)], 0  # place of the hash, whole, bits, window
    for code, part in hamming.near(codes, wholes.parts, _BITS):
        bits = np.bitwise_count(codes[code] ^ wholes.parts[part]).astype(np.int64)
        whole, window = np.divmod(wholes.places[part].astype(np.int64), count)
        near.append(np.stack([code, whole, bits, window]))
        held += len(code)
        if held > _HELD:
            near, held = [_nearest(np.concatenate(near, axis=1))], 0
    best = _nearest(np.concatenate(near, axis=1))
    return best[1], best[3], best[0]


def _nearest(rows: np.ndarray) -> np.ndarray:
    """Of columns that agree in their first two values that which is least in the others."""
    rows = rows[:, np.lexsort(rows[::-1])]
    first = np.ones(rows.shape[1], bool)
    first[1:] = (rows[:2, 1:] != rows[:2, :-1]).any(axis=0)
    return rows[:, first]
