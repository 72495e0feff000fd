"""64-bit hashes in; exactly those that lie within a Hamming distance of one another out.

Multi-index hashing (Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index
Hashing", CVPR 2012): hashes are cut into bands, each with a radius, so that radii and bands add up
to one more than the distance. Two within the distance differ in some band by no more than its
radius, so with each hash only those are compared whose band is its own with so many bits turned.
How many bands there are is weighed by what they cost. Where too many agree in a band, they are
joined anew by their other bits and what is left of the distance: no crowd is compared as a whole.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
from pydantic import AfterValidator

BITS = 64
MAX_DISTANCE = 15  # bits; beyond it bands get so narrow that nearly all hashes are compared
_CROWD = 1024  # hashes that agree in a band, beyond which they are joined by their other bits
_LOOK = 3  # comparisons that cost as much as to look up a band
_TURN = 3000  # the same, to begin with one more way to turn its bits
_WIDE = 22  # bits of a band, at most: its table has an entry for each of their values
_SPARE = 2  # bits by which a band's table is larger than there are hashes
_SAMPLE = 1 << 14  # hashes by which bits are judged
_BLOCK = 1 << 18  # pairs compared, or rows looked at, at once


def within(distance: int) -> int:
    """The distance itself, if it is one that is looked for.

    Raises:
        ValueError: it is not; says why.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(
            f"hashes of {BITS} bits are compared within 0 to {MAX_DISTANCE} of them; farther apart "
            "nearly all would have to be compared, and pictures do not look alike"
        )
    return distance


Distance: TypeAlias = Annotated[int, AfterValidator(within)]
"""A parameter: bits that hashes may differ in."""


class _Band(NamedTuple):
    """Bits in which two hashes may differ by no more than a radius to be compared."""

    bits: list[int]
    radius: int

    @property
    def mask(self) -> np.uint64:
        return np.uint64(sum(1 << bit for bit in self.bits))

    def keys(self, hashes: np.ndarray) -> np.ndarray:
        """(n,) the bits of each hash side by side."""
        found, place = np.zeros(len(hashes), np.uint64), 0
        for _, run in itertools.groupby(enumerate(self.bits), lambda one: one[1] - one[0]):
            bits = [bit for _, bit in run]  # one behind the other
            low = hashes >> np.uint64(bits[0]) & np.uint64((1 << len(bits)) - 1)
            found |= low << np.uint64(place)
            place += len(bits)
        return found.astype(np.uint32)

    def turns(self) -> Iterator[int]:
        """Every choice of bits to turn, as a number; first none."""
        for count in range(self.radius + 1):
            for places in itertools.combinations(range(len(self.bits)), count):
                yield sum(1 << place for place in places)


def pairs(hashes: np.ndarray, distance: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every two rows whose hashes differ in at most `distance` bits, in blocks.

    Args:
        hashes: (N,) uint64, all different.
        distance: bits, 0 to `MAX_DISTANCE`.

    Yields:
        Two arrays (P,), row i and row j with i < j, each pair once, in no particular order.

    Raises:
        ValueError: `distance` is out of range.
    """
    within(distance)
    if distance:
        for left, right in _joined(hashes, None, ~np.uint64(0), distance):
            yield np.minimum(left, right), np.maximum(left, right)


def near(
    hashes: np.ndarray, known: np.ndarray, distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of two sets of hashes that differ in at most `distance` bits, in blocks.

    Args:
        hashes: (N,) uint64.
        known: (M,) uint64.
        distance: bits, 0 to `MAX_DISTANCE`.

    Yields:
        Two arrays (P,): a row of `hashes` and a row of `known`; each pair once.

    Raises:
        ValueError: `distance` is out of range.
    """
    within(distance)
    yield from _joined(hashes, known, ~np.uint64(0), distance)


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


def _joined(
    one: np.ndarray, other: np.ndarray | None, asked: np.uint64, distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Places of hashes that differ in at most so many of some bits, each pair once.

    Args:
        one: (n,) hashes.
        other: (m,) hashes; None: they are held against themselves, and two places are one pair.
        asked: mask of the bits.
        distance: bits.
    """
    its = one if other is None else other
    if not len(one) or not len(its):
        return
    free = asked & _unlike(one, its)
    bands = [] if np.bitwise_count(free) <= distance else _bands(one, other, free, distance)
    if not bands:
        places = np.arange(len(one))
        starts = places + 1 if other is None else np.zeros_like(places)
        yield from _compared(one, its, starts, len(its) - starts, asked, distance)
        return
    for number, band in enumerate(bands):
        for left, right in _by(band, one, other, asked, distance):
            bits = one[left] ^ its[right]
            new = np.ones(len(bits), np.bool_)
            for earlier in bands[:number]:  # who is near in one of them was found by it
                new &= np.bitwise_count(bits & earlier.mask) > earlier.radius
            yield left[new], right[new]


def _by(
    band: _Band, one: np.ndarray, other: np.ndarray | None, asked: np.uint64, distance: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Those of `_joined` that are near in a band."""
    keys, one, order = _sorted(band, one)
    known, its, place = (keys, one, order) if other is None else _sorted(band, other)
    counts = np.bincount(known, minlength=1 << len(band.bits))
    borders = np.concatenate([[0], counts.cumsum()])
    own = counts if other is None else np.bincount(keys, minlength=len(counts))
    crowded = int(own.max()) * int(counts.max()) > _CROWD**2
    for high, turns in itertools.groupby(band.turns(), int.bit_length):
        if other is not None:
            rows = np.arange(len(keys))
        else:  # of two hashes that whose highest turned bit is not set; or that stands before
            rows = np.flatnonzero((keys & np.uint32(1 << high >> 1)) == 0)
        mine = one[rows]
        for turned in turns:
            there = keys[rows] ^ np.uint32(turned)
            sizes = counts[there]
            if other is None and not turned:
                sizes = borders[there + 1] - rows - 1
            if crowded:
                many = own[keys[rows]] * counts[there] > _CROWD**2
                sizes = np.where(many, 0, sizes)
                for key in np.unique(keys[rows[many]]).tolist():
                    a, b = np.searchsorted(keys, [key, key + 1])
                    c, d = borders[(key ^ turned) : (key ^ turned) + 2]
                    theirs = None if other is None and not turned else its[c:d]
                    rest = distance - turned.bit_count()
                    for left, right in _joined(one[a:b], theirs, asked & ~band.mask, rest):
                        yield order[left + a], place[right + c]
            some = np.flatnonzero(sizes)
            starts = borders[there[some]] if other is not None or turned else some + 1
            for left, right in _compared(mine[some], its, starts, sizes[some], asked, distance):
                yield order[rows[some[left]]], place[right]


def _sorted(band: _Band, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys in order, the hashes that have them, and where these stand."""
    keys = band.keys(hashes)
    order = np.argsort(keys)
    return keys[order], hashes[order], order


def _compared(
    one: np.ndarray,
    other: np.ndarray,
    starts: np.ndarray,
    sizes: np.ndarray,
    asked: np.uint64,
    distance: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Places i and j of hashes near in the bits asked, starts[i] <= j < starts[i] + sizes[i]."""
    ends = np.append(0, sizes.cumsum())
    first = 0
    while first < len(one):
        last = max(int(np.searchsorted(ends, ends[first] + _BLOCK, "right")) - 1, first + 1)
        some = slice(first, last)
        places = np.arange(ends[first], ends[last])
        places += np.repeat(starts[some] - ends[some], sizes[some])
        bits = np.repeat(one[some], sizes[some]) ^ other[places]
        near = np.flatnonzero(np.bitwise_count(bits & asked) <= distance)
        if len(near):
            yield np.searchsorted(ends, near + ends[first], "right") - 1, places[near]
        first = last


def _unlike(one: np.ndarray, other: np.ndarray) -> np.uint64:
    """Mask of the bits that are not the same in all hashes."""
    some = np.bitwise_or.reduce(one) | np.bitwise_or.reduce(other)
    every = np.bitwise_and.reduce(one) & np.bitwise_and.reduce(other)
    return np.uint64(some ^ every)


def _bands(
    one: np.ndarray, other: np.ndarray | None, free: np.uint64, distance: int
) -> list[_Band]:
    """The free bits cut so that looking up and comparing cost least; none: to compare all does.

    A bit that is set in half of the hashes tells 1, one that is set in hardly any tells 0: the
    logarithm (base 2) of how seldom two hashes agree on it, as a sample of them says. All bands
    tell as much.
    """
    its = one if other is None else other
    some = np.concatenate([part[:: max(1, len(part) // _SAMPLE)] for part in (one, its)])
    bits = [bit for bit in range(BITS) if int(free) >> bit & 1]
    shares = np.array([np.count_nonzero(some & np.uint64(1 << bit)) for bit in bits]) / len(some)
    tell = -np.log2(shares**2 + (1 - shares) ** 2)
    most = min(_WIDE, len(its).bit_length() + _SPARE)
    half = 0.5 if other is None else 1.0

    def cut(count: int) -> list[np.ndarray]:
        ends = np.searchsorted(tell.cumsum(), tell.sum() * np.arange(1, count) / count)
        parts = np.split(np.arange(len(bits)), ends)
        return [np.sort(part[np.argsort(-tell[part], kind="stable")[:most]]) for part in parts]

    def radius(count: int, number: int) -> int:
        whole, rest = divmod(distance + 1, count)
        return whole if number < rest else whole - 1

    def cost(count: int) -> float:
        total = 0.0
        for number, band in enumerate(cut(count)):
            turns = sum(math.comb(len(band), n) for n in range(radius(count, number) + 1))
            agree = len(its) / 2 ** float(tell[band].sum())
            total += turns * (_TURN + half * len(one) * (_LOOK + agree))
        return total

    counts = [count for count in range(1, distance + 2) if min(map(len, cut(count)))]
    count = min(counts, key=cost)
    if cost(count) >= half * len(one) * len(its):
        return []
    return [
        _Band([bits[place] for place in band], radius(count, number))
        for number, band in enumerate(cut(count))
    ]
