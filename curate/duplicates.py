"""Near-duplicates: 64-bit hashes in, the pairs of them within a Hamming distance and clusters out.

Pairs are found by multi-index hashing (Norouzi et al., "Fast Search in Hamming Space with
Multi-Index Hashing", CVPR 2012): two hashes within distance d agree on at least one of d + 1
bands of bits, so only hashes that share a band are compared.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

BITS = 64
MAX_DISTANCE = 15  # bits; beyond it bands get so narrow that nearly all hashes are compared
_BLOCK = 1 << 20  # comparisons held in memory at once


def pairs_within(hashes: np.ndarray, distance: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every two rows whose hashes differ in at most `distance` bits.

    Args:
        hashes: (N,) uint64, repeats allowed.
        distance: bits, 0 to `MAX_DISTANCE`.

    Returns:
        Three arrays (P,): row i, row j with i < j, and their distance in bits; sorted by i, j.

    Raises:
        ValueError: `distance` is out of range.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"a distance of {distance} bits is not within 0 to {MAX_DISTANCE}")
    found = [_in_band(hashes, low, high, distance) for low, high in _bands(distance + 1)]
    keys = np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)
    left = (keys >> np.uint64(32)).astype(np.int64)
    right = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return left, right, np.bitwise_count(hashes[left] ^ hashes[right]).astype(np.int64)


def look_alikes(
    names: Sequence[str],
    distance: int,
    colours: pa.Array | pa.ChunkedArray | None = None,
    levels: float | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every two images whose hashes are near and, if asked, whose colours are.

    Args:
        names: N hashes of 16 hexadecimal digits.
        distance: bits that hashes may differ in.
        colours: N thumbnails as bytes, as the scorer `phash` gives them.
        levels: mean difference of the thumbnails' values, 0 to 255; None: not asked.

    Returns:
        As `pairs_within`.
    """
    hashes = np.array([int(name, 16) for name in names], np.uint64)
    left, right, bits = pairs_within(hashes, distance)
    if colours is None or levels is None or len(left) == 0:
        return left, right, bits
    values = np.frombuffer(b"".join(colours.to_pylist()), np.uint8).reshape(len(names), -1)
    near = np.zeros(len(left), np.bool_)
    for start in range(0, len(left), _BLOCK // 64):
        some = slice(start, start + _BLOCK // 64)
        difference = np.abs(values[left[some]].astype(np.int16) - values[right[some]])
        near[some] = difference.mean(axis=1) <= levels
    return left[near], right[near], bits[near]


def _bands(count: int) -> list[tuple[int, int]]:
    """Bit ranges that cut a hash into `count` bands of nearly the same width."""
    borders = [BITS * index // count for index in range(count + 1)]
    return list(itertools.pairwise(borders))


def _in_band(hashes: np.ndarray, low: int, high: int, distance: int) -> np.ndarray:
    """Pairs within the distance that agree on the bits low..high, as i << 32 | j."""
    band = hashes & np.uint64(((1 << (high - low)) - 1) << low)
    order = np.argsort(band, kind="stable")
    band = band[order]
    starts = np.flatnonzero(np.append(True, band[1:] != band[:-1])[: len(band)])
    borders = np.append(starts, len(band))
    found: list[np.ndarray] = [np.empty(0, np.uint64)]
    for start, end in itertools.pairwise(borders):
        rows = order[start:end]
        step = max(1, _BLOCK // len(rows))
        for some in (rows[at : at + step] for at in range(0, len(rows) - 1, step)):
            near = np.bitwise_count(hashes[some][:, None] ^ hashes[rows][None, :]) <= distance
            a, b = np.nonzero(near)
            a, b = some[a].astype(np.uint64), rows[b].astype(np.uint64)
            once = a < b
            found.append(a[once] << np.uint64(32) | b[once])
    return np.concatenate(found)


def components(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Connected components of a graph on `count` rows.

    Args:
        count: N, number of rows.
        left: (P,) one end of each link.
        right: (P,) the other end.

    Returns:
        (N,) the smallest row of each row's component.
    """
    links = coo_array((np.ones(len(left), np.bool_), (left, right)), shape=(count, count))
    _, labels = connected_components(links, directed=False)
    first = np.full(labels.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(first, labels, np.arange(count))
    return first[labels]


def leaders(
    count: int, left: np.ndarray, right: np.ndarray, distances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The best row of each cluster: in order of rank, a row leads unless a leader is near it.

    Every row that does not lead is linked to its leader directly, so clusters are no chains:
    nothing is given up for a row that it is unlike.

    Args:
        count: N, number of rows, ranked from best to worst.
        left: (P,) one end of each link.
        right: (P,) the other end.
        distances: (P,) bits.

    Returns:
        (N,) the leader of each row (itself where it leads), and (N,) the distance to it.
    """
    better, worse = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((better, distances, worse))
    better, worse, distances = better[order], worse[order], distances[order]
    leader, gap = np.arange(count), np.zeros(count, np.int64)
    borders = np.searchsorted(worse, np.arange(count + 1))
    for row in np.unique(worse):  # ascending: whether a better row leads is known by then
        near = slice(borders[row], borders[row + 1])
        leading = np.flatnonzero(leader[better[near]] == better[near])
        if len(leading):
            leader[row] = better[near][leading[0]]
            gap[row] = distances[near][leading[0]]
    return leader, gap
