"""NLVR's and NLVR2's measures: accuracy, and consistency, of statements that hold or do not.

As the official evaluators have them (Suhr et al., 2017 and 2019): consistent is a statement that is
judged rightly of every picture, or pair of pictures, that it is shown with: those of one `group`.
"""

from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy, consistency, and of how many statements it is.

    Args:
        examples: schema `examples.EXAMPLES`.
        answers: schema `metrics.ANSWERS`; true or false, in capitals or not.
    """
    judged = [
        Judged(row, float((answer or "").lower() == row["answers"][0].lower()))
        for answer, row in _tally.paired(examples, answers, ("answers", "group"))
    ]
    whole = _tally.together(judged)
    return _tally.accuracy(judged) | {
        "consistency": _tally.mean(whole.values()),
        "statements": len(whole),
    }
