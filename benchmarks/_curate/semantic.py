"""Embeddings in; what it costs to find every two of a cosine, and how many of them are found, out.

Vectors of 512 numbers lie around a centre for every hundred of them, centres around fewer of their
own, as pictures of one thing and of one kind do; a tenth lie beside another one. Recall is of the
pairs of 1,000 vectors, held against exact search. Time for each vector should hardly grow.

    semantic_growth    CPU time for each of the most vectors over that of the fewest
"""

import resource
import time

import numpy as np

from benchmarks import _cost
from benchmarks._curate import Measured
from curate import neighbours

COSINE = 0.95
_COUNTS = (10_000, 100_000)
_WIDTH = 512
_ASKED = 1000  # vectors that are searched for exactly
_BLOCK = 1 << 16


def measure(repeats: int) -> Measured:
    """Search each count of vectors as often as asked."""
    rows, each = [], {}
    for count in _COUNTS:
        each[count] = []
        for seed in range(repeats):
            vectors = _vectors(count, seed)
            start = time.process_time()
            left, right, _ = neighbours.pairs(vectors, COSINE)
            each[count].append(1e6 * (time.process_time() - start) / count)
            recall = _recall(vectors, left, right)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            rows.append([count, len(left), each[count][-1], f"{recall:.4f}", peak])
    growth = _cost.ratios(each[_COUNTS[-1]], each[_COUNTS[0]])
    headings = ("vectors", "pairs", "us a vector", "recall", "peak GiB")
    return Measured(headings, rows, {"semantic_growth": growth})


def _vectors(count: int, seed: int) -> np.ndarray:
    """Vectors (N, D) float32 of length 1."""
    random = np.random.default_rng(seed)

    def around(centres: np.ndarray, count: int, spread: float) -> np.ndarray:
        noise = random.standard_normal((count, _WIDTH), np.float32)
        noise *= spread / np.sqrt(_WIDTH)
        noise += centres[random.integers(0, len(centres), count)]
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        return noise

    kinds = around(np.zeros((1, _WIDTH), np.float32), max(count // 2000, 1), 1.0)
    things = around(kinds, max(count // 100, 1), 0.8)
    found = around(things, count, 0.6)
    planted = count // 10
    beside = found[:planted] + 0.2 / np.sqrt(_WIDTH) * random.standard_normal(
        (planted, _WIDTH), np.float32
    )
    found[-planted:] = beside / np.linalg.norm(beside, axis=1, keepdims=True)
    return found


def _recall(vectors: np.ndarray, left: np.ndarray, right: np.ndarray) -> float:
    """Share of the pairs of some vectors, as exact search has them, that were found."""
    known = found = 0
    rows = np.arange(0, len(vectors), max(len(vectors) // _ASKED, 1))
    pairs = set(zip(left.tolist(), right.tolist(), strict=True))
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[rows] @ vectors[start : start + _BLOCK].T
        for at, place in np.argwhere(cosines >= COSINE):
            ends = sorted((int(rows[at]), int(place) + start))
            if ends[0] != ends[1]:
                known += 1
                found += tuple(ends) in pairs
    return found / known if known else 1.0
