"""Plain accuracy: the mean score of what was answered, of all examples and of each kind.

An answer has the score that its example gives it, so that where several are right to some degree
this is a soft accuracy.
"""

from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy overall and by kind.

    Args:
        examples: schema `examples.EXAMPLES`.
        answers: schema `metrics.ANSWERS`.
    """
    columns = ("answers", "scores", "kind")
    judged = [
        Judged(row, dict(zip(row["answers"], row["scores"], strict=True)).get(answer, 0.0))
        for answer, row in _tally.paired(examples, answers, columns)
    ]
    return _tally.accuracy(judged) | _tally.kinds(judged)
