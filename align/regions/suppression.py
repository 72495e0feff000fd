"""Boxes with scores in; those that are kept, best first, out: non-maximum suppression and a cap."""

import numpy as np
import torch
from torchvision.ops import nms


def kept(boxes: np.ndarray, scores: np.ndarray, overlap: float, most: int) -> np.ndarray:
    """Which boxes are kept: greedily the best that overlaps no better one by more than is allowed.

    Equal scores are ranked by the boxes themselves, so that the order of the boxes says nothing.

    Args:
        boxes: x1, y1, x2, y2, `(n, 4)`.
        scores: `(n,)`.
        overlap: intersection over union above which the weaker of two boxes goes, 0-1.
        most: how many are kept at most.

    Returns:
        Rows, best first, `(k,)`; boxes without an area are never kept.
    """
    sound = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    rank = np.lexsort((*boxes[sound].T[::-1], -scores[sound]))
    order = sound[rank]
    falling = torch.arange(len(order), 0, -1, dtype=torch.float32)
    ranked = torch.from_numpy(np.ascontiguousarray(boxes[order], np.float32))
    return np.asarray(order[nms(ranked, falling, overlap).numpy()][:most])
