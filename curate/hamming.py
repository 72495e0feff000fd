"""64-bit hashes in; exactly those that lie within a Hamming distance of one another out.

Hashes are cut into more bands of bits than the distance has bits. Two within the distance differ
in at most that many bands, so they agree on some choice of the others: hashes are sorted by each
such choice, and only neighbours in that order are compared (Manku et al., "Detecting
Near-Duplicates for Web Crawling", WWW 2007; with one band more than bits it is the multi-index
hashing of Norouzi et al., CVPR 2012, with no bit probed). Where too many agree on a choice, they
are cut again by the bits on which they may differ, so that no crowd is compared as a whole.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from curate.dataset.errors import DataError

BITS = 64
MAX_DISTANCE = 15  # bits; beyond it bands get so narrow that nearly all hashes are compared
_FEW = 64  # hashes that are all compared
_CROWD = 1024  # hashes that agree, beyond which they are cut again
_SORT = 16  # comparisons that cost as much as to sort one more hash
_MORE = 4  # bands beyond distance + 1 that are weighed up
_SAMPLE = 1 << 14  # hashes by which bits are judged
_BLOCK = 1 << 20  # pairs compared at once
MOST = 1 << 27  # pairs kept in memory, of 16 bytes


class Choice(NamedTuple):
    """Bits that hashes must agree on to be compared."""

    agree: np.uint64  # mask of those bits
    differ: list[np.uint64]  # masks of earlier bands: who agrees on one of them was found before


def pairs(hashes: np.ndarray, distance: int) -> tuple[np.ndarray, np.ndarray]:
    """Every two rows whose hashes differ in at most `distance` bits.

    Args:
        hashes: (N,) uint64, all different.
        distance: bits, 0 to `MAX_DISTANCE`.

    Returns:
        Two arrays (P,), row i and row j with i < j, each pair once, in no particular order.

    Raises:
        ValueError: `distance` is out of range.
        DataError: as `collected`.
    """
    _check(distance)
    if not distance:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    found = collected(_within(hashes, np.arange(len(hashes)), distance))
    return found.min(axis=0), found.max(axis=0)


def near(
    hashes: np.ndarray, known: np.ndarray, distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of two sets of hashes that differ in at most `distance` bits, in blocks.

    Args:
        hashes: (N,) uint64.
        known: (M,) uint64.
        distance: bits, 0 to `MAX_DISTANCE`.

    Yields:
        Two arrays (P,): a row of `hashes` and a row of `known`; a pair once or several times.

    Raises:
        ValueError: `distance` is out of range.
    """
    _check(distance)
    for mask in _bands(distance + 1):
        order = np.argsort(known & mask)
        there = (known & mask)[order]
        starts = np.searchsorted(there, hashes & mask, "left")
        ends = np.searchsorted(there, hashes & mask, "right")
        for rows, places in ranges(starts, ends):
            within = np.bitwise_count(hashes[rows] ^ known[order[places]]) <= distance
            yield rows[within], order[places[within]]


def ranges(starts: np.ndarray, ends: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every row i with every place in starts[i]..ends[i], in blocks of about `_BLOCK` pairs."""
    sizes = np.maximum(ends - starts, 0)
    total = np.concatenate([[0], sizes.cumsum()])
    first = 0
    while first < len(sizes):
        last = int(np.searchsorted(total, total[first] + _BLOCK, "right")) - 1
        last = max(last, first + 1)  # a row with more places than a block holds is one by itself
        counts = sizes[first:last]
        rows = np.repeat(np.arange(first, last), counts)
        places = np.arange(len(rows)) + np.repeat(starts[first:last] - total[first:last], counts)
        yield rows, places + total[first]
        first = last


def collected(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """All pairs (2, P) of some blocks.

    Raises:
        DataError: there are more than `MOST`, which memory is not meant for.
    """
    kept, count = [np.empty((2, 0), np.int64)], 0
    for block in blocks:
        kept.append(block)
        count += block.shape[1]
        if count > MOST:
            raise DataError(
                f"more than {MOST} pairs of pictures look alike: nearly all pictures are alike, or "
                "the distance is too wide; ask for a smaller distance (bits)"
            )
    return np.concatenate(kept, axis=1)


def _check(distance: int) -> None:
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"a distance of {distance} bits is not within 0 to {MAX_DISTANCE}")


def _within(hashes: np.ndarray, rows: np.ndarray, distance: int) -> Iterator[np.ndarray]:
    """Pairs (2, P) of some rows, each once."""
    mine = hashes[rows]
    free = np.bitwise_or.reduce(mine) ^ np.bitwise_and.reduce(mine)  # bits not the same in all
    width = int(np.bitwise_count(free))
    if len(rows) <= _FEW or width <= distance:
        nothing = Choice(np.uint64(0), [])
        yield rows[_neighbours(mine, np.full(len(rows), len(rows)), distance, nothing)]
        return
    for choice in _choices(mine, free, distance):
        order = np.argsort(mine & choice.agree)
        there = mine[order]
        borders = np.flatnonzero((there[1:] ^ there[:-1]) & choice.agree) + 1
        starts = np.concatenate([[0], borders])
        sizes = np.diff(np.append(starts, len(rows)))
        crowds = sizes > _CROWD
        ends = np.repeat(np.where(crowds, 0, starts + sizes), sizes)
        yield rows[order[_neighbours(there, ends, distance, choice)]]
        for start, size in zip(starts[crowds], sizes[crowds], strict=True):
            for found in _within(hashes, rows[order[start : start + size]], distance):
                left, right = hashes[found]
                yield found[:, _new(left ^ right, choice)]


def _neighbours(hashes: np.ndarray, ends: np.ndarray, distance: int, choice: Choice) -> np.ndarray:
    """Pairs (2, P) of hashes where the second stands behind the first and before its end."""
    found = [np.empty((2, 0), np.int64)]
    at = np.arange(len(hashes))
    for step in range(1, len(hashes)):
        at = at[at + step < ends[at]]
        if not len(at):
            break
        bits = hashes[at] ^ hashes[at + step]
        near = np.flatnonzero(np.bitwise_count(bits) <= distance)
        near = near[_new(bits[near], choice)]
        found.append(np.stack([at[near], at[near] + step]))
    return np.concatenate(found, axis=1)


def _new(bits: np.ndarray, choice: Choice) -> np.ndarray:
    """Whether pairs, by the bits in which they differ, are found by no earlier choice."""
    new = np.ones(len(bits), np.bool_)
    for mask in choice.differ:
        new &= bits & mask != 0
    return new


def _choices(hashes: np.ndarray, free: np.uint64, distance: int) -> Iterator[Choice]:
    """Every choice of bands to agree on, cut so that sorting and comparing cost least."""
    masks, tell = _telling(hashes, free)

    def cost(bands: int) -> float:
        agree = tell * (bands - distance) / bands
        return math.comb(bands, distance) * (_SORT + len(hashes) / 2 ** (agree + 1))

    count = min(range(distance + 1, min(len(masks), distance + _MORE) + 1), key=cost)
    bands = [np.bitwise_or.reduce(masks[first::count]) for first in range(count)]
    for chosen in itertools.combinations(range(count), count - distance):
        agree = np.bitwise_or.reduce([bands[i] for i in chosen])
        yield Choice(agree, [bands[i] for i in range(chosen[-1]) if i not in chosen])


def _telling(hashes: np.ndarray, free: np.uint64) -> tuple[list[np.uint64], float]:
    """Masks of single bits, the most telling first, and how telling they are together.

    A bit that is set in half of the hashes tells 1, one that is set in hardly any tells 0: the
    logarithm (base 2) of how seldom two hashes agree on it, as a sample of them says.
    """
    some = hashes[:: max(1, len(hashes) // _SAMPLE)]
    masks = [np.uint64(1 << bit) for bit in range(BITS) if int(free) >> bit & 1]
    shares = np.array([np.count_nonzero(some & mask) for mask in masks]) / len(some)
    told = -np.log2(shares**2 + (1 - shares) ** 2)
    return [masks[bit] for bit in np.argsort(-told, kind="stable")], float(told.sum())


def _bands(count: int) -> list[np.uint64]:
    """Masks of all bits in `count` bands of nearly the same width."""
    borders = [BITS * band // count for band in range(count + 1)]
    return [np.uint64((1 << high) - (1 << low)) for low, high in itertools.pairwise(borders)]
