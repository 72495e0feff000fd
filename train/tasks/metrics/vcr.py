"""VCR's measures: accuracy of answers, of rationales, and of both at once (Zellers et al., 2019).

Each question is two examples of one group: of kind `answer`, Q->A, and of kind `rationale`, QA->R,
whose text holds the right answer. Both together, Q->AR, are right where each is. The official
evaluator compares places of choices; a text is as good, since no other choice reads like the right
one (`train.tasks.examples`).
"""

from typing import Any

import pyarrow as pa

from curate.dataset.errors import DataError
from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged

ANSWER, RATIONALE = "answer", "rationale"  # kinds


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy of both stages together, and of each.

    Args:
        examples: schema `examples.EXAMPLES`.
        answers: schema `metrics.ANSWERS`.

    Raises:
        DataError: a question lacks one of its two examples.
    """
    judged = [
        Judged(row, float(answer == row["answers"][0]))
        for answer, row in _tally.paired(examples, answers, ("answers", "kind", "group"))
    ]
    stages: dict[str, list[Judged]] = {ANSWER: [], RATIONALE: []}
    for one in judged:
        stages.setdefault(one.row["kind"], []).append(one)
    groups = [sorted(one.row["group"] for one in found) for found in stages.values()]
    if len(stages) > 2 or groups[0] != groups[1] or len({*groups[0]}) != len(groups[0]):
        told = ", ".join(f"{len(found)} of kind {kind!r}" for kind, found in stages.items())
        raise DataError(f"each question has one example of kind answer, one rationale; got {told}")
    return {
        "both": _tally.mean(_tally.together(judged).values()),
        **{kind: _tally.accuracy(found)["accuracy"] for kind, found in stages.items()},
        "questions": len(groups[0]),
    }
