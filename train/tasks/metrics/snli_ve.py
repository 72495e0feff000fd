"""Measures of visual entailment: accuracy, and that of each class (Xie et al., 2019, SNLI-VE)."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged


def measure(answers: Mapping[str, str], examples: pa.Table) -> dict[str, Any]:
    """Accuracy overall, and among the examples of each right answer.

    Args:
        answers: entailment, neutral or contradiction, by the example's name.
        examples: schema `examples.EXAMPLES`.
    """
    judged = [
        Judged(row, float(answer == row["answers"][0]))
        for answer, row in _tally.paired(answers, examples, ("answers",))
    ]
    return _tally.accuracy(judged) | {"classes": _tally.by(judged, lambda row: row["answers"][0])}
