"""Hashes of pictures in; which of them look alike, what that joins and which of them lead, out.

The pairs come from `hamming`, which compares no more than it must. A picture that many others
repeat exactly stands for them: a million blank pages are one page. No two functions hold all pairs
of a crowd that is alike but not the same: what they need of the pairs is taken as these are found.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator

from curate import hamming
from curate.forest import Forest

_LEVELS = 255  # of a value of a picture
_APART = 1024  # more than brightness, 0 to 255, and levels, 0 to 255, add up to
_SOME = 1 << 14  # pairs whose thumbnails are compared at once
_HELD = 1 << 23  # pairs of 24 bytes that are held to find who leads

Colours: TypeAlias = pa.Array | pa.ChunkedArray
Pairs: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]  # rows left < right; their distance
Wanted: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def within(levels: float) -> float:
    """The mean difference itself, if two thumbnails can have it.

    Raises:
        ValueError: they cannot; says why.
    """
    if not 0 <= levels <= _LEVELS:
        raise ValueError(
            f"colours differ by 0 to {_LEVELS} levels on average, from none to that of black and "
            "white; null leaves them out of account"
        )
    return levels


Levels: TypeAlias = Annotated[float, AfterValidator(within)]
"""A parameter: mean difference of the values of two thumbnails, in levels."""


class Looks(NamedTuple):
    """How N pictures look, and what of it counts."""

    hashes: np.ndarray  # (N,) uint64
    colours: np.ndarray | None = None  # (N, C) uint8, thumbnails; None: not asked
    levels: float = 0.0  # mean difference of the thumbnails' values, 0 to 255


def looks(
    names: Sequence[str], colours: Colours | None = None, levels: float | None = None
) -> Looks:
    """Hashes and thumbnails as the scorer `phash` gives them.

    Args:
        names: N hashes of 16 hexadecimal digits.
        colours: N thumbnails as bytes.
        levels: mean difference of the thumbnails' values, 0 to 255; None: not asked.
    """
    hashes = np.frombuffer(bytes.fromhex("".join(names)), ">u8").astype(np.uint64)
    if colours is None or levels is None or not len(names):
        return Looks(hashes)
    values = np.frombuffer(b"".join(colours.to_pylist()), np.uint8).reshape(len(names), -1)
    return Looks(hashes, values, levels)


def alike(shown: Looks, distance: int, wanted: Wanted | None = None) -> Iterator[Pairs]:
    """Blocks of the pairs that are near in hash and, if asked, in colour; each pair once.

    Args:
        shown: N pictures.
        distance: bits that hashes may differ in, 0 to `hamming.MAX_DISTANCE`.
        wanted: says of pairs near in hash which are of use; asked before colours are compared.

    Raises:
        ValueError: `distance` is out of range.
    """
    for one, other, bits in _candidates(shown, distance):
        left, right = np.minimum(one, other), np.maximum(one, other)
        if wanted is not None:
            some = np.flatnonzero(wanted(left, right, bits))
            left, right, bits = left[some], right[some], bits[some]
        if shown.colours is None:
            yield left, right, bits
            continue
        for start in range(0, len(left), _SOME):
            a, b, its = (side[start : start + _SOME] for side in (left, right, bits))
            apart = np.abs(shown.colours[a].astype(np.int16) - shown.colours[b]).mean(axis=1)
            near = apart <= shown.levels
            yield a[near], b[near], its[near]


def joined(shown: Looks, distance: int) -> Pairs:
    """Links that join what all pairs of `alike` join, fewer than pictures; sorted by both ends.

    Of each picture there is one with a nearest of those that it is alike.
    """
    forest = Forest(len(shown.hashes))
    for pairs in alike(shown, distance, forest.wanted):
        forest.add(*pairs)
    left, right, bits = forest.links()
    return left, right, bits.astype(np.int64)


def linked(names: Sequence[str], distance: int) -> tuple[np.ndarray, np.ndarray]:
    """Links (P,), (P,) of rows that join the images whose hashes are near."""
    head = first(pa.array(names, pa.string()))
    rows = np.flatnonzero(head == np.arange(len(head)))
    left, right, _ = joined(looks([names[row] for row in rows.tolist()]), distance)
    return np.append(rows[left], head), np.append(rows[right], np.arange(len(head)))


def followed(
    names: Sequence[str],
    distance: int,
    colours: Colours | None = None,
    levels: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Who leads each image, and by how many bits it is apart, of images as `looks` takes them.

    In order of rank, an image leads unless a leader is alike; every other one is led by the nearest
    of them, so clusters are no chains: nothing is given up for an image that it is unlike. One that
    repeats a better image, hash and colours, shares its leader.

    Args:
        names: as of `looks`, ranked from best to worst.
        distance: bits.
        colours: as of `looks`.
        levels: as of `looks`.

    Returns:
        (N,) the leader of each image (itself where it leads), and (N,) the distance to it.
    """
    codes = pa.array(names, pa.string())
    asked = colours if levels is not None else None
    head = first(codes) if asked is None else first(codes, asked)
    rows = np.flatnonzero(head == np.arange(len(head)))
    some = None if asked is None else asked.take(pa.array(rows))
    leader, gap = _led(looks([names[row] for row in rows.tolist()], some, levels), distance)
    place = np.searchsorted(rows, head)
    return rows[leader[place]], gap[place]


def first(*columns: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """(N,) of each row the first one that has the same values in all columns."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        codes = pc.dictionary_encode(whole, null_encoding="encode").indices.to_numpy()
        key = key * (int(codes.max(initial=0)) + 1) + codes
        _, rows, which = np.unique(key, return_index=True, return_inverse=True)
        key = which  # small again, so that no number of columns overflows
    return np.asarray(rows[key])


def ranked(
    pairs: pa.Table, order: Sequence[str], by: np.ndarray | pa.ChunkedArray | None = None
) -> np.ndarray:
    """Rows of pairs (n), one for each image, from the best to the worst.

    Of the best source, then by another value, then of the smallest name.

    Args:
        pairs: columns image, source, width, height.
        order: sources from best to worst; the others are equal behind them.
        by: (n,) the lowest first; None: the most pixels first.
    """
    place = pc.index_in(pairs.column("source"), value_set=pa.array(order, pa.string()))
    if by is None:
        width, height = (pairs.column(side).cast(pa.int64()) for side in ("width", "height"))
        by = pc.negate(pc.multiply(width, height))
    keys = {"place": place, "by": by, "image": pairs.column("image")}
    rows = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
    head = first(pairs.column("image").take(rows))
    return np.asarray(rows.to_numpy()[head == np.arange(len(head))])


def _candidates(shown: Looks, distance: int) -> Iterator[Pairs]:
    """Pairs near in hash whose mean brightness differs by no more than their colours may."""
    distinct, which = np.unique(shown.hashes, return_inverse=True)
    light = np.zeros(len(which)) if shown.colours is None else shown.colours.mean(axis=1)
    line = which * _APART + light  # of one hash beside each other, from dark to bright
    order = np.argsort(line, kind="stable")
    line, which, light = line[order], which[order], light[order]
    slack = shown.levels + 1e-6
    itself = np.arange(len(distinct))
    for left, right in itertools.chain([(itself, itself)], hamming.pairs(distinct, distance)):
        bits = np.bitwise_count(distinct[left] ^ distinct[right]).astype(np.int64)
        starts = np.searchsorted(which, left)
        for link, row in hamming.ranges(starts, np.searchsorted(which, left, "right")):
            other = right[link] * _APART + light[row]
            begin = np.searchsorted(line, other - slack, "left")
            begin = np.where(right[link] == which[row], np.maximum(begin, row + 1), begin)
            for at, place in hamming.ranges(begin, np.searchsorted(line, other + slack, "right")):
                yield order[row[at]], order[place], bits[link[at]]


def _led(shown: Looks, distance: int) -> tuple[np.ndarray, np.ndarray]:
    """As `followed`, of N pictures that are all different.

    Where there are more pairs than are held, those of the better rows are held first: once it is
    known which of these lead, nothing else is to be known of the pairs of those that do not.
    """
    count = len(shown.hashes)
    leader, gap = np.arange(count), np.zeros(count, np.int64)
    done = 0  # rows that have found whom they lead
    while done < count:
        pairs, done = _of_the_best(shown, distance, leader, done)
        lead(leader, gap, *pairs)
    return leader, gap


def _of_the_best(shown: Looks, distance: int, leader: np.ndarray, start: int) -> tuple[Pairs, int]:
    """Pairs of rows from `start` that may lead with all behind them, and where those rows end."""
    end = np.array(len(leader))  # moves while pairs are found
    held, count, most = [np.empty((3, 0), np.int64)], 0, _HELD

    def wanted(left: np.ndarray, *_: np.ndarray) -> np.ndarray:
        return np.asarray((left >= start) & (left < end) & (leader[left] == left))

    for block in alike(shown, distance, wanted):
        held.append(np.stack(block))
        count += len(block[0])
        if count > most:
            whole = np.concatenate(held, axis=1)
            end.fill(max(int(np.median(whole[0])), start + 1))
            held = [whole[:, whole[0] < end]]
            count = held[0].shape[1]
            most = max(_HELD, 2 * count)
    left, right, bits = np.concatenate(held, axis=1)
    inside = left < end
    return (left[inside], right[inside], bits[inside]), int(end)


def lead(
    leader: np.ndarray, gap: np.ndarray, left: np.ndarray, right: np.ndarray, bits: np.ndarray
) -> None:
    """Let rows lead those behind them, in order of rank, unless they are led themselves.

    Args:
        leader: (N,) each row's leader, or itself; changed.
        gap: (N,) distance to it; changed.
        left: (P,) the better row of each pair; all pairs of it, or none.
        right: (P,) the worse row.
        bits: (P,) their distance.
    """
    order = np.argsort(left, kind="stable")
    left, right, bits = left[order], right[order], bits[order]
    borders = np.append(np.flatnonzero(np.diff(left, prepend=-1)), len(left))
    for start, end in itertools.pairwise(borders.tolist()):
        row = left[start]
        if leader[row] == row:  # who leads it is better, so that is known by now
            others, its = right[start:end], bits[start:end]
            nearer = (leader[others] == others) | (its < gap[others])
            leader[others[nearer]], gap[others[nearer]] = row, its[nearer]
