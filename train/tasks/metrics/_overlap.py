"""Intersection over union of boxes, and when two of them are the same place."""

from collections.abc import Sequence

import numpy as np

from curate.dataset.errors import DataError
from train.tasks.metrics._tally import Row

SAME = 0.5  # of intersection over union, from which a place counts as found
_ROUNDING = 1e-5  # boxes lie in tables as float32: one just at the threshold is not to fall below


def over_union(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union, `(n, m)`; 0 where neither of two has an area.

    Args:
        boxes: x1, y1, x2, y2, `(n, 4)`.
        others: the same, `(m, 4)`, in the same units.
    """
    first, second = boxes[:, None].astype(np.float64), others[None].astype(np.float64)
    low, high = (
        np.maximum(first[..., :2], second[..., :2]),
        np.minimum(first[..., 2:], second[..., 2:]),
    )
    common = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = (np.prod(box[..., 2:] - box[..., :2], axis=-1) for box in (first, second))
    union = sum(areas) - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)


def hits(boxes: Sequence[Sequence[float]], regions: np.ndarray) -> np.ndarray:
    """Whether each box is the place of one of some regions, `(n,)`; in the same units."""
    found = np.array(boxes, np.float64).reshape(-1, 4)
    return np.asarray((over_union(found, regions) >= SAME - _ROUNDING).any(1))


def regions(row: Row) -> np.ndarray:
    """The boxes of an example, `(n, 4)`.

    Raises:
        DataError: it has none.
    """
    if not row["boxes"]:
        raise DataError(f"example {row['example']!r} has no box to find")
    return np.array(row["boxes"])
