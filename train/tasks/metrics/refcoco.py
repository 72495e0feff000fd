"""Measure of referring expressions: how many find their region (Yu et al., 2016, RefCOCO).

The best box is right where its intersection over union with the region is at least a half. The
kinds of the official test splits, testA (people) and testB (other things), are measured apart.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from train.tasks.metrics import _overlap, _tally
from train.tasks.metrics._tally import Judged


def measure(answers: Mapping[str, np.ndarray], examples: pa.Table) -> dict[str, Any]:
    """Accuracy, and by kind.

    Args:
        answers: boxes, `(n, 4)`, the best first, relative to the picture; none is wrong.
        examples: schema `examples.EXAMPLES`, each of one box.

    Raises:
        DataError: an example has no box.
    """
    judged = [
        Judged(row, float(_overlap.same(boxes[:1], _overlap.regions(row)[:1]).any()))
        for boxes, row in _tally.paired(answers, examples, ("boxes", "kind"))
    ]
    kinds = _tally.by(judged, lambda row: row["kind"])
    return _tally.accuracy(judged) | {"kinds": {kind: kinds[kind] for kind in kinds if kind}}
