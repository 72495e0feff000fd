"""A small picture and its foreground in; boxes of connected pieces out, of three kinds.

`things` are pieces of the foreground that nothing connects, `groups` those that lie close together
(the halves of a pair of scissors, a face and its tears), and `parts` are what edges close off and
what has one colour within it.
"""

from collections.abc import Iterator

import cv2
import numpy as np

_CLOSE = 0.04  # of the longer side: the gap within a group
_EDGES = (50, 150)  # Canny's thresholds
_COLOURS = 5  # of a picture
_COARSE = 64  # pixels of the longest side at which colours are told apart
_STOP = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)  # of k-means


def things(mask: np.ndarray, least: float) -> np.ndarray:
    """Connected pieces of a mask.

    Args:
        mask: `(H, W)` bool.
        least: share of the picture's pixels that a piece has, at least.

    Returns:
        x1, y1, x2, y2 (pixels) and the share of the box that is the piece, `(n, 5)` float32.
    """
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return _pieces(joined, least * mask.size, 8)


def groups(mask: np.ndarray, least: float) -> np.ndarray:
    """Boxes around pieces that lie close together, as `things`."""
    gap = max(1, round(_CLOSE * max(mask.shape)))
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((gap, gap), np.uint8))
    number, labels = cv2.connectedComponents(wide, connectivity=8)
    labels[~mask] = 0
    found = []
    for one in range(1, min(number, _most(least))):
        rows, columns = np.nonzero(labels == one)
        if len(rows) >= least * mask.size:
            x1, y1, x2, y2 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            found.append((x1, y1, x2, y2, len(rows) / ((x2 - x1) * (y2 - y1))))
    return np.array(found, np.float32).reshape(-1, 5)


def parts(grid: np.ndarray, mask: np.ndarray, least: float) -> np.ndarray:
    """Boxes of what edges close off and of what has one colour, as `things`.

    Args:
        grid: `(H, W, 3)` uint8 RGB.
        mask: where they are looked for, `(H, W)` bool.
        least: as `things`.
    """
    edges = cv2.Canny(cv2.cvtColor(grid, cv2.COLOR_RGB2GRAY), *_EDGES)
    closed = mask & (cv2.dilate(edges, np.ones((2, 2), np.uint8)) == 0)
    found = [_pieces(closed.astype(np.uint8), least * mask.size, 4)]
    scale = min(1.0, _COARSE / max(mask.shape))
    size = tuple(max(1, round(side * scale)) for side in mask.shape[::-1])
    coarse = cv2.resize(grid, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    back = np.array([mask.shape[1] / size[0], mask.shape[0] / size[1]] * 2 + [1], np.float32)
    found += [_pieces(one, least * inside.size, 4) * back for one in _colours(coarse, inside)]
    return np.concatenate(found)


def _colours(grid: np.ndarray, mask: np.ndarray) -> Iterator[np.ndarray]:
    """A mask `(H, W)` uint8 for each of the colours of some pixels (k-means in CIELAB)."""
    values = cv2.cvtColor(grid, cv2.COLOR_RGB2LAB)[mask].astype(np.float32)
    if len(values) < _COLOURS:
        return
    cv2.setRNGSeed(0)
    _, which, _ = cv2.kmeans(values, _COLOURS, None, _STOP, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    for colour in range(_COLOURS):
        layer = np.zeros(mask.shape, np.uint8)
        layer[mask] = which.ravel() == colour
        yield layer


def _pieces(mask: np.ndarray, least: float, connectivity: int) -> np.ndarray:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    x, y, width, height, area = stats[1:].T.astype(np.float32)
    fill = area / np.maximum(width * height, 1)
    return np.stack([x, y, x + width, y + height, fill], 1)[area >= max(least, 1)]


def _most(least: float) -> int:
    """Groups that are looked at: no more can have so large a share."""
    return 1 + (256 if least <= 0 else min(256, int(1 / least) + 1))
