"""VCR's measures: accuracy of answers, of rationales, and of both at once (Zellers et al., 2019).

Each question is two examples of one group: of kind `answer`, Q->A, and of kind `rationale`, QA->R,
whose text holds the right answer. Both together, Q->AR, are right where each is.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from curate.dataset.errors import DataError
from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged

ANSWER, RATIONALE = "answer", "rationale"  # kinds


def measure(answers: Mapping[str, str], examples: pa.Table) -> dict[str, Any]:
    """Accuracy of each stage, of both, and what chance has of each.

    Args:
        answers: one of an example's choices, by its name.
        examples: schema `examples.EXAMPLES`.

    Raises:
        DataError: a question lacks one of its two examples.
    """
    pairs = _tally.paired(answers, examples, ("choices", "answers", "kind", "group"))
    judged = [Judged(row, float(answer == row["answers"][0])) for answer, row in pairs]
    stages: dict[str, dict[str, Judged]] = {ANSWER: {}, RATIONALE: {}}
    for one in judged:
        stages.setdefault(one.row["kind"], {})[one.row["group"]] = one
    if len(stages) > 2 or stages[ANSWER].keys() != stages[RATIONALE].keys():
        told = ", ".join(f"{len(found)} of kind {kind!r}" for kind, found in stages.items())
        raise DataError(f"each question has one example of kind answer, one rationale; got {told}")
    chances = {
        kind: {group: 1 / len(one.row["choices"]) for group, one in found.items()}
        for kind, found in stages.items()
    }
    both = [chances[ANSWER][group] * chances[RATIONALE][group] for group in stages[ANSWER]]
    return {
        kind: _tally.accuracy([*found.values()]) | {"chance": _tally.mean(chances[kind].values())}
        for kind, found in stages.items()
    } | {
        "both": {
            "accuracy": _tally.mean(_tally.together(judged).values()),
            "examples": len(both),
            "chance": _tally.mean(both),
        }
    }
