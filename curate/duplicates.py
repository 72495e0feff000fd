"""Hashes of pictures in, which of them look alike and the clusters that they form out.

The pairs come from `hamming`, which compares no more than it must. A picture that many others
repeat exactly stands for them: a million blank pages are one page.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate import hamming

_APART = 1024  # more than brightness, 0 to 255, and levels, 0 to 255, add up to
_SOME = 1 << 14  # pairs whose thumbnails are compared at once

Colours: TypeAlias = pa.Array | pa.ChunkedArray


def look_alikes(
    names: Sequence[str],
    distance: int,
    colours: Colours | None = None,
    levels: float | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every two images whose hashes are near and, if asked, whose colours are.

    Args:
        names: N hashes of 16 hexadecimal digits.
        distance: bits that hashes may differ in, 0 to `hamming.MAX_DISTANCE`.
        colours: N thumbnails as bytes, as the scorer `phash` gives them.
        levels: mean difference of the thumbnails' values, 0 to 255; None: not asked.

    Returns:
        Three arrays (P,): row i, row j with i < j, and their distance in bits; sorted by i, j.

    Raises:
        ValueError: `distance` is out of range.
        DataError: so many are alike that memory cannot hold them.
    """
    hashes = np.array([int(name, 16) for name in names], np.uint64)
    values = None
    if colours is not None and levels is not None and len(names):
        values = np.frombuffer(b"".join(colours.to_pylist()), np.uint8).reshape(len(names), -1)
    left, right = hamming.collected(_alike(hashes, distance, values, levels or 0.0))
    left, right = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((right, left))
    left, right = left[order], right[order]
    return left, right, np.bitwise_count(hashes[left] ^ hashes[right]).astype(np.int64)


def linked(names: Sequence[str], distance: int) -> tuple[np.ndarray, np.ndarray]:
    """Links that join the images whose hashes are near: enough for `components`, no more.

    Returns:
        Two arrays (P,) of rows: both ends of each link.
    """
    first = _first(names)
    rows = np.flatnonzero(first == np.arange(len(first)))
    left, right, _ = look_alikes([names[row] for row in rows.tolist()], distance)
    return np.append(rows[left], first), np.append(rows[right], np.arange(len(first)))


def followed(
    names: Sequence[str],
    distance: int,
    colours: Colours | None = None,
    levels: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """As `leaders`, of images ranked from best to worst that are given as to `look_alikes`.

    An image that repeats a better one, hash and colours, shares its leader.
    """
    first = _first(names, colours if levels is not None else None)
    rows = np.flatnonzero(first == np.arange(len(first)))
    some = colours.take(pa.array(rows)) if colours is not None else None
    found = look_alikes([names[row] for row in rows.tolist()], distance, some, levels)
    leader, gap = leaders(len(rows), *found)
    place = np.searchsorted(rows, first)
    return rows[leader[place]], gap[place]


def _first(names: Sequence[str], colours: Colours | None = None) -> np.ndarray:
    """(N,) the first row with the hash, and the colours, of each row."""
    rows: dict[object, int] = {}
    keys = names if colours is None else zip(names, colours.to_pylist(), strict=True)
    return np.array([rows.setdefault(key, row) for row, key in enumerate(keys)], np.int64)


def _alike(
    hashes: np.ndarray, distance: int, values: np.ndarray | None, levels: float
) -> Iterator[np.ndarray]:
    """Blocks (2, P) of the pairs that are near in hash and, with thumbnails (N, C), in colour."""
    brightness = np.zeros(len(hashes)) if values is None else values.mean(axis=1)
    for left, right in _candidates(hashes, distance, brightness, levels):
        if values is None:
            yield np.stack([left, right])
            continue
        for start in range(0, len(left), _SOME):
            a, b = left[start : start + _SOME], right[start : start + _SOME]
            apart = np.abs(values[a].astype(np.int16) - values[b]).mean(axis=1)
            yield np.stack([a[apart <= levels], b[apart <= levels]])


def _candidates(
    hashes: np.ndarray, distance: int, brightness: np.ndarray, levels: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs near in hash whose mean brightness differs by no more than their colours may."""
    distinct, which = np.unique(hashes, return_inverse=True)
    left, right = hamming.pairs(distinct, distance)
    left, right = (np.append(side, np.arange(len(distinct))) for side in (left, right))
    line = which * _APART + brightness  # of one hash beside each other, from dark to bright
    order = np.argsort(line, kind="stable")
    line, which, brightness = line[order], which[order], brightness[order]
    starts = np.searchsorted(which, left)
    for link, row in hamming.ranges(starts, np.searchsorted(which, left, "right")):
        other, slack = right[link] * _APART + brightness[row], levels + 1e-6
        first = np.searchsorted(line, other - slack, "left")
        first = np.where(right[link] == which[row], np.maximum(first, row + 1), first)
        for at, place in hamming.ranges(first, np.searchsorted(line, other + slack, "right")):
            yield order[row[at]], order[place]


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
