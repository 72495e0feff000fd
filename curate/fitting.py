"""Pairs of small grey pictures in; how well a window of the one shows the other out.

A crop lies between the windows that are tried. So a window's four edges are moved until it shows
the other picture best, by least squares, and light and contrast may differ (Lucas and Kanade, "An
Iterative Image Registration Technique with an Application to Stereo Vision", IJCAI 1981). A crop
then agrees in its grey levels; what only has a hash near to that of one does not.
"""

import numpy as np

from curate.looks import GRID

_SIDE = 16  # pixels of what is fitted
_TURNS = 3  # times that edges are moved
_NUDGE = 0.01  # of a side, by which is seen what an edge changes
_MOST = 0.05  # of a side, that an edge moves at once
_LEAST = 0.4  # of a side, that a window keeps
_DAMPED = 1e-4  # share of a view's squares that is added, so that plain views move no edge
_TINY = 1e-6


def fitted(pictures: np.ndarray, edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How well windows show other pictures once they are moved to where they do it best.

    Args:
        pictures: (n, 32, 32) uint8.
        edges: (n, 4) top, bottom, left and right of a window of each, 0 to 1.
        others: (n, 32, 32) uint8, what each window may show.

    Returns:
        (n,) correlation of the grey levels of each two, at most 1.
    """
    whole = _lens(np.tile(np.array([0, 1], np.float32), (len(others), 1)))
    sought = _level(whole @ others.astype(np.float32) @ _turned(whole))
    sought /= _length(sought)
    best = np.full(len(others), -1.0, np.float32)
    held, at = pictures.astype(np.float32), edges.astype(np.float32)
    for turn in range(_TURNS + 1):
        seen, slopes = _seen(held, at)
        best = np.maximum(best, ((seen / _length(seen)) * sought).sum(axis=1))
        if turn < _TURNS:
            at = _moved(at, seen, slopes, sought)
    return best


def _moved(at: np.ndarray, seen: np.ndarray, slopes: np.ndarray, sought: np.ndarray) -> np.ndarray:
    """Edges a step nearer to where `sought` is seen: least squares in contrast and edges."""
    terms = np.concatenate([seen[:, None], slopes], axis=1)  # (n, 5, pixels)
    squares = terms @ _turned(terms)
    squares += (_DAMPED * squares[:, :1, :1] + _TINY) * np.eye(5, dtype=np.float32)
    found = np.linalg.solve(squares, terms @ sought[:, :, None])[:, :, 0]
    contrast = np.where(np.abs(found[:, :1]) < _TINY**2, _TINY**2, found[:, :1])
    moved = np.clip(at + np.clip(found[:, 1:] / contrast, -_MOST, _MOST), 0, 1)
    narrow = (moved[:, 1::2] - moved[:, ::2] < _LEAST).any(axis=1)
    return np.where(narrow[:, None], at, moved)


def _seen(pictures: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What windows show, (n, pixels), and how it changes with each edge, (n, 4, pixels)."""
    count = len(at)
    down, across = _spread(at[:, :2]), _spread(at[:, 2:])
    held = pictures @ _turned(across[:, 0])
    by_row = down.reshape(count, 3 * _SIDE, GRID) @ held
    by_row = by_row.reshape(count, 3, _SIDE, _SIDE)
    by_column = down[:, 0] @ pictures @ _turned(across[:, 1:].reshape(count, 2 * _SIDE, GRID))
    by_column = by_column.reshape(count, _SIDE, 2, _SIDE).transpose(0, 2, 1, 3)
    seen = by_row[:, 0]
    changes = np.concatenate([by_row[:, 1:], by_column], axis=1) - seen[:, None]
    return _level(seen), _level(changes) / _NUDGE


def _spread(spans: np.ndarray) -> np.ndarray:
    """(n, 3, 16, 32) lenses of spans, of those whose start is nudged, and whose end is."""
    nudges = np.array([[0, 0], [_NUDGE, 0], [0, _NUDGE]], np.float32)
    every = (spans[:, None] + nudges).reshape(-1, 2)
    return _lens(every).reshape(len(spans), 3, _SIDE, GRID)


def _lens(spans: np.ndarray) -> np.ndarray:
    """(n, 16, 32) what gives 16 pixels of spans (n, 2) of 32: means weighted by a triangle."""
    pixel = (spans[:, 1:] - spans[:, :1]) * (GRID / _SIDE)
    centres = spans[:, :1] * GRID + (np.arange(_SIDE, dtype=np.float32) + 0.5) * pixel - 0.5
    away = np.abs(np.arange(GRID, dtype=np.float32) - centres[:, :, None])
    weights = np.maximum(0, 1 - away / np.maximum(pixel, 1)[:, :, None])
    return weights / np.maximum(weights.sum(axis=2, keepdims=True), _TINY)


def _level(views: np.ndarray) -> np.ndarray:
    """Views (..., 16, 16) as (..., 256), less their mean."""
    flat = views.reshape(*views.shape[:-2], _SIDE * _SIDE)
    return flat - flat.mean(axis=-1, keepdims=True)


def _length(flat: np.ndarray) -> np.ndarray:
    return np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), _TINY)


def _turned(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)
