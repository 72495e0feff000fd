"""Unit vectors in; the centres of k-means clusters of them, and the centres nearest to each, out.

By faiss. Of many vectors the centres are many, and to hold every vector against every centre would
cost the square: more than `_FLAT` centres are made in groups, a group for about the root of their
number, each of its own vectors; and a vector is held against the centres of the `_GROUPS` groups
that are nearest to it (the inverted file of Sivic and Zisserman, 2003), which misses the nearest
centre itself only where that is of a group farther away. faiss is held to one thread, whose sums
come in one order.
"""

import faiss
import numpy as np

from curate.stage.one_thread import one_thread

_FLAT = 64  # centres that k-means moves at once
_WHOLE = 512  # centres that every vector is held against
_GROUPS = 8  # groups of centres that it is held against, of more
_BLOCK = 1 << 14  # vectors at once


def clusters(
    vectors: np.ndarray, count: int, rounds: int = 20, sample: int = 256, seed: int = 0
) -> np.ndarray:
    """Centres (K, D) of spherical k-means, of length 1.

    Args:
        vectors: (N, D) float32 of length 1.
        count: centres that are asked for, no more than N; above `_FLAT` K may be a few more.
        rounds: iterations.
        sample: vectors for each centre that are looked at, drawn by the seed.
        seed: of the draws.
    """
    if count <= _FLAT:
        return _means(vectors, count, rounds, sample, seed)
    if len(vectors) > sample * count:
        rows = np.random.default_rng(seed).choice(len(vectors), sample * count, replace=False)
        vectors = vectors[np.sort(rows)]
    groups = _means(vectors, _root(count), rounds, sample, seed)
    which = Nearest(groups).ranked(vectors)[1][:, 0]
    held = np.bincount(which, minlength=len(groups))
    share = np.diff(np.cumsum(held) * count // len(vectors), prepend=0)
    share = np.maximum(share, held > 0)
    return np.concatenate(
        [
            _means(vectors[which == group], int(share[group]), rounds, sample, seed)
            for group in np.flatnonzero(held)
        ]
    )


class Nearest:
    """Finds the centres that are nearest to vectors, all of them or almost all.

    Args:
        centres: (K, D) float32 of length 1.
        whole: none may be missed, whatever K is.
    """

    def __init__(self, centres: np.ndarray, whole: bool = False) -> None:
        self._count, width = centres.shape
        self._index: faiss.Index = faiss.IndexFlatIP(width)
        if not whole and self._count > _WHOLE:
            groups, flat = _means(centres, _root(self._count), 20, self._count, 0), self._index
            groups = groups[np.unique(Nearest(groups).first(centres))]  # one that holds none hides
            flat.add(groups)
            self._index = faiss.IndexIVFFlat(flat, width, len(groups), faiss.METRIC_INNER_PRODUCT)
            self._index.nprobe = _GROUPS
        with one_thread():
            self._index.train(centres)
            self._index.add(centres)

    def ranked(self, vectors: np.ndarray, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Cosines with the nearest centres, and those, (N, count) each, the nearest first.

        Where the groups hold fewer, the cosine is below -1 and the centre -1.
        """
        with one_thread():
            near, which = self._index.search(np.ascontiguousarray(vectors), min(count, self._count))
        return near, which.astype(np.int64)

    def first(self, vectors: np.ndarray) -> np.ndarray:
        """The nearest centre of each vector (N,)."""
        starts = range(0, len(vectors), _BLOCK)
        found = [self.ranked(vectors[start : start + _BLOCK])[1][:, 0] for start in starts]
        return np.concatenate([np.empty(0, np.int64), *found])


def _means(vectors: np.ndarray, count: int, rounds: int, sample: int, seed: int) -> np.ndarray:
    """As `clusters`, all centres at once."""
    with one_thread():
        means = faiss.Kmeans(
            vectors.shape[1],
            count,
            niter=rounds,
            spherical=True,
            seed=seed,
            min_points_per_centroid=1,
            max_points_per_centroid=sample,
        )
        means.train(vectors)
    return np.asarray(means.centroids)


def _root(count: int) -> int:
    return int(np.ceil(np.sqrt(count)))
