"""A picture in; which of its pixels are no ground, out: by alpha, or by its border's colour."""

import cv2
import numpy as np

_CLEAR = 0.01  # share of transparent pixels from which on alpha says what the ground is
_SOLID = 128  # alpha
_NEAR = 24  # of 255, in the channel that differs most: noise and compression of a plain ground
_PLAIN = 0.6  # share of the border that has the ground's colour


def foreground(grid: np.ndarray, alpha: np.ndarray | None) -> np.ndarray | None:
    """Pixels that are no ground.

    Args:
        grid: `(H, W, 3)` uint8 RGB, on white.
        alpha: `(H, W)` uint8; None: none.

    Returns:
        `(H, W)` bool; None where no plain ground is found, as in photographs.
    """
    if alpha is not None and (alpha < _SOLID).mean() >= _CLEAR:
        return np.asarray(alpha >= _SOLID)
    ring = np.concatenate([grid[0], grid[-1], grid[:, 0], grid[:, -1]])
    colour = np.median(ring, axis=0).astype(np.int16)
    near = np.abs(grid.astype(np.int16) - colour).max(2) <= _NEAR
    if _border(near).mean() < _PLAIN:
        return None
    _, parts = cv2.connectedComponents(near.astype(np.uint8), connectivity=4)
    outside = np.zeros(parts.max() + 1, bool)
    outside[_border(parts)] = True
    outside[0] = False  # what is not near the colour
    return np.asarray(~outside[parts])


def _border(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
