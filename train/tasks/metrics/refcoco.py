"""Measure of referring expressions: how many find their region (Yu et al., 2016, RefCOCO).

The best box is right where its intersection over union with the region is at least a half. The
kinds of the official test splits, testA (people) and testB (other things), are measured apart.
"""

from typing import Any

import pyarrow as pa

from train.tasks.metrics import _overlap, _tally
from train.tasks.metrics._tally import Judged


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy, and by kind.

    Args:
        examples: schema `examples.EXAMPLES`, each of one box.
        answers: schema `metrics.ANSWERS`.

    Raises:
        DataError: an example has no box.
    """
    judged = [
        Judged(row, float(_overlap.hits((boxes or [])[:1], _overlap.regions(row)[:1]).any()))
        for boxes, row in _tally.paired(examples, answers, ("boxes", "kind"), "boxes")
    ]
    return _tally.accuracy(judged) | _tally.kinds(judged)
