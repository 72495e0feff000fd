"""Features of regions in; a codebook and the class of every region out (spherical k-means)."""

from typing import NamedTuple

import numpy as np

ROUNDS = 20  # of k-means; hardly any region still changes its class after these


class Codebook(NamedTuple):
    """Classes as directions from the mean (Dhillon and Modha, 2001)."""

    centres: np.ndarray  # (K, F) float32, unit length
    mean: np.ndarray  # (F,) float32, of the features that it was fitted on


def fit(images: list[str], cells: np.ndarray, sample: float, number: int, seed: int) -> Codebook:
    """Fit a codebook on a share of the images.

    Which images are in the share is said by their names alone, which are hashes of their content.

    Args:
        images: names, `(n,)`.
        cells: features, `(n, C, F)`.
        sample: the share, 0-1; all images where it holds too few.
        number: of classes, fewer where there are not twice as many distinct features.
        seed: of the first centres.
    """
    length = cells.shape[-1]
    if cells.size == 0:
        return Codebook(np.zeros((0, length), np.float32), np.zeros(length, np.float32))
    chosen = np.array([int(name[:8], 16) < sample * 2**32 for name in images])
    if chosen.sum() * cells.shape[1] < 4 * number:
        chosen[:] = True
    share = cells[chosen].reshape(-1, length).astype(np.float32)
    mean = share.mean(0)
    return Codebook(_centres(_unit(share - mean), number, seed), mean)


def assign(cells: np.ndarray, codebook: Codebook) -> tuple[np.ndarray, np.ndarray]:
    """Give every region its class.

    Args:
        cells: features, `(n, C, F)`.
        codebook: of at least one class, where there is a region.

    Returns:
        Classes `(n, C)`, and cosines to their centres in [0, 1] `(n, C)`.
    """
    shape, length = cells.shape[:2], cells.shape[-1]
    if cells.size == 0:
        return np.zeros(shape, np.int64), np.zeros(shape)
    flat = cells.reshape(-1, length).astype(np.float32)
    cosine = _unit(flat - codebook.mean) @ codebook.centres.T
    best = cosine.argmax(1)
    confidence = cosine[np.arange(len(best)), best].clip(0, 1)
    return best.reshape(shape), confidence.reshape(shape)


def _centres(points: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Centres of unit length, `(K, F)`; one that loses all its points stays where it is."""
    number = min(number, max(1, len(np.unique(points, axis=0)) // 2))
    centres = _first(points, number, np.random.default_rng(seed))
    for _ in range(ROUNDS):
        best = (points @ centres.T).argmax(1)
        order = np.argsort(best, kind="stable")
        used, start = np.unique(best[order], return_index=True)
        centres[used] = _unit(np.add.reduceat(points[order], start, axis=0))
    return centres


def _first(points: np.ndarray, number: int, random: np.random.Generator) -> np.ndarray:
    """Points to begin with, the farther from those before the likelier (k-means++, 2007)."""
    chosen = [int(random.integers(len(points)))]
    distance = np.full(len(points), np.inf)
    for _ in range(number - 1):
        distance = np.minimum(distance, np.maximum(1 - points @ points[chosen[-1]], 0))
        steps = np.cumsum(distance, dtype=np.float64)
        chosen.append(int(np.searchsorted(steps, random.random() * steps[-1], side="right")))
    return points[np.minimum(chosen, len(points) - 1)].copy()


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6)
