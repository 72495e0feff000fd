"""Unit vectors in; every two that point nearly the same way out.

By faiss: spherical k-means cuts the vectors into lists, and each list is searched for the vectors
whose neighbours may lie in it. Two unit vectors of cosine c are r = sqrt(2 - 2c) apart, so a
neighbour of x can lie in the list of centre b, and x itself in that of a, only where
x.(a - b) <= r |a - b|: all other lists are left out at no loss. Of those that remain the nearest
`probes` are searched, which makes the search exact up to `probes` x `PER_LIST` vectors. Beyond, and
where lists are grouped (`curate.centres`), it takes near-linear time and finds nearly all. Cosines
are computed anew in double precision, one pair at a time, so what is found has the same bits
whatever the processor's sums do, and faiss is held to one thread.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import faiss
import numpy as np

from curate.centres import Nearest, clusters
from curate.stage.one_thread import one_thread

PER_LIST = 512  # vectors in a list, on average
PROBES = 16  # lists searched for a vector's neighbours, at most
_ROUNDS = 10  # of k-means where lists are only a means
_SAMPLE = 64  # vectors for each centre that k-means looks at, there
_SLACK = 1e-4  # more than single precision moves a cosine
_BLOCK = 1 << 14  # pairs whose cosines are computed at once
_RANKED = 1 << 16  # vectors whose lists are found at once
_PAIRS = 1 << 22  # pairs that a search in a list may find at once

Wanted: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def pairs(
    vectors: np.ndarray, least: float, probes: int = PROBES, wanted: Wanted | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Every two vectors whose cosine is at least so much, in blocks.

    Args:
        vectors: (N, D) float32 of length 1.
        least: cosine, above 0.
        probes: lists that are searched for a vector's neighbours, at most.
        wanted: says which pairs are of use, by rows and what -cosine is at the least; asked before
            the cosine is computed in double precision.

    Yields:
        Three arrays (P,): row i, row j with i < j, and their cosine; a pair once or twice.
    """
    vectors = np.ascontiguousarray(vectors, np.float32)
    if len(vectors) < 2:
        return
    centres = clusters(vectors, -(-len(vectors) // PER_LIST), _ROUNDS, _SAMPLE)
    own, rows, lists = _probed(vectors, centres, least, probes)
    order = np.argsort(own, kind="stable")
    inside = np.searchsorted(own[order], np.arange(len(centres) + 1))
    asked = np.searchsorted(lists, np.arange(len(centres) + 1))
    for number in range(len(centres)):
        members = order[inside[number] : inside[number + 1]]
        if not len(members):
            continue
        queries = rows[asked[number] : asked[number + 1]]
        for some, places, about in _near(vectors, queries, members, least - _SLACK):
            left, right = np.minimum(some, members[places]), np.maximum(some, members[places])
            chosen = (some < members[places]) | ((left < some) & (own[some] != number))
            if wanted is not None:
                chosen[chosen] = wanted(left[chosen], right[chosen], -(about[chosen] + _SLACK))
            left, right = left[chosen], right[chosen]
            near = cosines(vectors, left, right)
            yield left[near >= least], right[near >= least], near[near >= least]


def cosines(
    vectors: np.ndarray, left: np.ndarray, right: np.ndarray, others: np.ndarray | None = None
) -> np.ndarray:
    """Cosine (P,), float64, of each pair of rows of vectors of length 1.

    Args:
        vectors: (N, D).
        left: (P,) rows of them.
        right: (P,) rows of `others`.
        others: (M, D); None: the same vectors.
    """
    found = np.zeros(len(left))
    for start in range(0, len(left), _BLOCK):
        some = slice(start, start + _BLOCK)
        a = vectors[left[some]].astype(np.float64)
        b = (vectors if others is None else others)[right[some]].astype(np.float64)
        found[some] = np.einsum("ij,ij->i", a, b)
    return found


def _near(
    vectors: np.ndarray, queries: np.ndarray, members: np.ndarray, least: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Blocks of (P,) queries, places of members and their cosines, in single precision."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors[members])
    step = max(min(PER_LIST, _PAIRS // len(members)), 1)
    for start in range(0, len(queries), step):
        some = queries[start : start + step]
        with one_thread():
            borders, about, places = index.range_search(vectors[some], least)
        yield np.repeat(some, np.diff(borders.astype(np.int64))), places, about


def _probed(
    vectors: np.ndarray, centres: np.ndarray, least: float, probes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The list of each vector (N,); vectors and the lists searched for them (M,), by list."""
    reach = np.sqrt(max(2 - 2 * (least - _SLACK), 0.0))
    nearest = Nearest(centres)
    own = np.zeros(len(vectors), np.int64)
    rows, lists = [], []
    for start in range(0, len(vectors), _RANKED):
        near, which = nearest.ranked(vectors[start : start + _RANKED], probes)
        own[start : start + _RANKED] = which[:, 0]
        gap = near[:, :1] - near
        row, place = np.nonzero(gap <= 2 * reach + _SLACK)  # no two are more than 2 apart
        ends, back = np.unique(
            which[row, 0] * len(centres) + which[row, place], return_inverse=True
        )
        apart = np.sqrt(np.maximum(2 - 2 * cosines(centres, *np.divmod(ends, len(centres))), 0))
        there = gap[row, place] <= reach * apart[back] + _SLACK
        rows.append(row[there] + start)
        lists.append(which[row, place][there])
    row, number = np.concatenate(rows), np.concatenate(lists)
    order = np.lexsort((row, number))
    return own, row[order], number[order]
