"""Measures of visual entailment: accuracy, and that of each class (Xie et al., 2019, SNLI-VE)."""

from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy overall, and among the examples of each right answer.

    Args:
        examples: schema `examples.EXAMPLES`.
        answers: schema `metrics.ANSWERS`.
    """
    judged = [
        Judged(row, float(answer == row["answers"][0]))
        for answer, row in _tally.paired(examples, answers, ("answers",))
    ]
    return _tally.accuracy(judged) | {"classes": _tally.by(judged, lambda row: row["answers"][0])}
