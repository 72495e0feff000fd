"""Pictures' vectors in; for each picture the others that are most similar to it, out.

Up to `EXACT` pictures each is compared with all others, in blocks that fit a bounded memory. Of
more faiss cuts the vectors into lists by k-means and looks through the nearest `_PROBES` of them
(Jégou et al., 2011: IVF), so that the work grows with the number of pictures and not with its
square: nearly all that are similar are found, as is enough to draw a hard negative from. faiss is
held to one thread, so that the same vectors give the same neighbours.
"""

import numpy as np
import torch

from curate.stage.one_thread import one_thread

EXACT = 1 << 17  # pictures that are all compared with each other
_CELLS = 1 << 26  # similarities at once, 256 MiB
_ROWS = 1024  # pictures at once, at most
_PER_LIST = 512  # pictures in a list, on average
_PROBES = 16  # lists that are looked through
_SAMPLE = 64  # pictures for each list that k-means looks at


def neighbours(vectors: np.ndarray, most: int, exact: int = EXACT) -> np.ndarray:
    """For each picture the most similar others by cosine, `(m, k)` int64, the most similar first.

    Args:
        vectors: of unit length, `(m, D)` float32.
        most: how many of the others, k at most; 0: none is asked for, and column 0 is 0.
        exact: pictures up to which none is missed.
    """
    number = len(vectors)
    if not most:
        return np.zeros((number, 1), np.int64)
    kept = max(1, min(most, number - 1))
    return (_of_all if number <= exact else _of_lists)(vectors, kept)


def _of_all(vectors: np.ndarray, kept: int) -> np.ndarray:
    number = len(vectors)
    found, block = np.zeros((number, kept), np.int64), min(_ROWS, max(1, _CELLS // number))
    every = torch.from_numpy(vectors)
    for start in range(0, number, block):
        similar = every[start : start + block] @ every.T
        similar[torch.arange(len(similar)), torch.arange(start, start + len(similar))] = -2
        found[start : start + block] = similar.topk(kept).indices.numpy()
    return found


def _of_lists(vectors: np.ndarray, kept: int) -> np.ndarray:
    import faiss

    number, width = vectors.shape
    found, lists = np.zeros((number, kept), np.int64), -(-number // _PER_LIST)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _SAMPLE
    with one_thread():
        index.train(vectors)
        index.add(vectors)
        index.nprobe = _PROBES
        for start in range(0, number, _ROWS):
            own = np.arange(start, min(start + _ROWS, number))[:, None]
            near = index.search(vectors[start : start + _ROWS], kept + 1)[1]
            found[start : start + _ROWS] = _others(near, own, number)
    return found


def _others(near: np.ndarray, own: np.ndarray, number: int) -> np.ndarray:
    """All but one of what was found: not the picture itself, and some other where lists had few."""
    none = (near == own) | (near < 0)
    near = np.take_along_axis(near, np.argsort(none, axis=1, kind="stable"), 1)[:, :-1]
    for other in (near[:, :1], (own + 1) % number):
        near = np.where((near == own) | (near < 0), other, near)
    return near
