"""Boxes that are to be found in; which are, by intersection over union, out."""

from collections.abc import Sequence

import numpy as np

from curate.dataset.boxes import over_union
from curate.dataset.errors import DataError
from train.tasks.metrics._tally import Row

SAME = 0.5  # of intersection over union, from which a place counts as found
_ROUNDING = 1e-5  # boxes lie in tables as float32: one just at the threshold is not to fall below


def hits(boxes: Sequence[Sequence[float]], regions: np.ndarray) -> np.ndarray:
    """Whether each box is the place of one of some regions, `(n,)`; in the same units."""
    found = np.array(boxes, np.float64).reshape(-1, 4)
    return np.asarray((over_union(found, regions.astype(np.float64)) >= SAME - _ROUNDING).any(1))


def regions(row: Row) -> np.ndarray:
    """The boxes of an example, `(n, 4)`.

    Raises:
        DataError: it has none.
    """
    if not row["boxes"]:
        raise DataError(f"example {row['example']!r} has no box to find")
    return np.array(row["boxes"])
