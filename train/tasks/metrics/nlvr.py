"""NLVR's and NLVR2's measures: accuracy, and consistency, of statements that hold or do not.

As the official evaluators have them (Suhr et al., 2017 and 2019): consistent is a statement that is
judged rightly of every picture, or pair of pictures, that it is shown with: those of one `group`.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged


def measure(answers: Mapping[str, str], examples: pa.Table) -> dict[str, Any]:
    """Accuracy, consistency, and of how many statements it is.

    Args:
        answers: "true" or "false", in capitals or not, by the example's name.
        examples: schema `examples.EXAMPLES`.
    """
    judged = [
        Judged(row, float(answer.lower() == row["answers"][0].lower()))
        for answer, row in _tally.paired(answers, examples, ("answers", "group"))
    ]
    whole = _tally.together(judged)
    return _tally.accuracy(judged) | {
        "consistency": _tally.mean(whole.values()),
        "statements": len(whole),
    }
