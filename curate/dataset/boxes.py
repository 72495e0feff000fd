"""Boxes in; how far they are the same place, out."""

import numpy as np


def over_union(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union, `(n, m)`, in the boxes' precision; 0 where neither has an area.

    Args:
        boxes: x1, y1, x2, y2, `(n, 4)`.
        others: the same, `(m, 4)`, in the same units.
    """
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    areas = [np.clip(some[:, 2:] - some[:, :2], 0, None).prod(-1) for some in (boxes, others)]
    union = areas[0][:, None] + areas[1][None] - both
    return np.asarray(np.divide(both, union, out=np.zeros_like(both), where=union > 0))
