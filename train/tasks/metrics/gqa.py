"""GQA's measures: accuracy, consistency, validity, plausibility and distribution.

As the official evaluator has them (Hudson and Manning, 2019, eval.py), which counts the balanced
questions alone. Those about where a model looks ask for maps of attention, which not every model
has, and are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from curate.dataset.errors import EmptySetError
from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged, Row

STRUCTURAL, SEMANTIC, DETAILED, STEPS = "structural", "semantic", "detailed", "steps"
BALANCED, GLOBAL, ENTAILED = "balanced", "global group", "entailed"
VALID, PLAUSIBLE = "valid", "plausible"
"""Details of an example; of the last two it has none where the file of choices is missing."""
_OPEN = "query"  # the structural type of questions that are not answered by choosing
_COMMON = ("color", "material", "shape")  # what questions for what is common are answered by
_DISTRIBUTION = 100.0  # the evaluator divides by it


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """All measures that the examples have what is needed for.

    Args:
        examples: schema `examples.EXAMPLES`; those that the balanced ones entail are needed for
            `consistency`, which is left out where one is not among them.
        answers: schema `metrics.ANSWERS`.

    Raises:
        EmptySetError: no question is a balanced one.
    """
    pairs = _tally.paired(examples, answers, ("text", "answers", "details"))
    given = {row["example"]: answer for answer, row in pairs}
    judged = [Judged(row, float(answer == row["answers"][0])) for answer, row in pairs]
    right = {one.row["example"]: one.score for one in judged}
    balanced = [one for one in judged if _tally.detail(one.row, BALANCED) == ["true"]]
    if not balanced:
        raise EmptySetError(f"none of {len(judged)} questions is a balanced one of GQA's")
    open_ones = [one for one in balanced if _first(one.row, STRUCTURAL) == _OPEN]
    binary = [one for one in balanced if _first(one.row, STRUCTURAL) != _OPEN]
    found: dict[str, Any] = _tally.accuracy(balanced)
    found |= {
        name: _tally.accuracy(some)
        for name, some in (("binary", binary), ("open", open_ones))
        if some
    }
    found |= _consistency(balanced, right)
    found |= {
        name: _tally.mean(_belongs(given[one.row["example"]], one.row, detail) for one in balanced)
        for name, detail in (("validity", VALID), ("plausibility", PLAUSIBLE))
        if all(detail in one.row["details"] for one in balanced)
    }
    return found | {
        "distribution": _distribution(given, balanced),  # less is better
        "structural_types": _tally.by(balanced, lambda row: _first(row, STRUCTURAL)),
        "semantic_types": _tally.by(balanced, lambda row: _first(row, SEMANTIC)),
        "steps": _tally.by(balanced, lambda row: _first(row, STEPS)),
        "words": _tally.by(balanced, lambda row: str(len(row["text"].split()))),
    }


def _first(row: Row, name: str) -> str:
    return _tally.detail(row, name)[0]


def _consistency(judged: Sequence[Judged], right: Mapping[str, float]) -> dict[str, float]:
    """Of questions answered rightly, the mean share right of those that they entail."""
    found = []
    for row, score in judged:
        entailed = [one for one in _tally.detail(row, ENTAILED) if one != row["example"]]
        if any(one not in right for one in entailed):
            return {}
        if score and entailed:
            found.append(_tally.mean(right[one] for one in entailed))
    return {"consistency": _tally.mean(found) if found else 0.0}


def _belongs(answer: str | None, row: Row, name: str) -> bool:
    """Whether an answer is among a question's valid, or plausible, ones."""
    common = "Common" in _first(row, DETAILED)
    return answer in (_COMMON if common else row["details"][name])


def _distribution(answers: Mapping[str, str | None], judged: Sequence[Judged]) -> float:
    """How far the answers of a group of questions are spread otherwise than the right ones.

    Chi-square over each group's right answers, its mean weighted by the group's questions.
    """
    gold: dict[str, Counter[str]] = defaultdict(Counter)
    given: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row, _ in judged:
        for group in _tally.detail(row, GLOBAL):  # some questions have none
            gold[group][row["answers"][0]] += 1
            given[group][answers[row["example"]]] += 1
    weighted, number = 0.0, 0
    for group, expected in gold.items():
        asked = expected.total()
        off = sum((given[group][word] - count) ** 2 / count for word, count in expected.items())
        weighted += off * asked
        number += asked
    return weighted / number / _DISTRIBUTION if number else 0.0
