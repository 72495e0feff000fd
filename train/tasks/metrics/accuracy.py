"""Plain accuracy: the share of right answers, for each kind of example, beside what guessing has.

An answer has the score that the example gives it, so that where several are right to some degree
the mean is a soft accuracy. `chance` draws among an example's choices, or among all answers of the
examples where it has none; `constant` always gives the one answer that scores most.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._tally import Judged, Row


def measure(answers: Mapping[str, str], examples: pa.Table) -> dict[str, Any]:
    """Accuracy, chance and the best constant answer's, overall and by kind.

    Args:
        answers: by the example's name.
        examples: schema `examples.EXAMPLES`.
    """
    columns = ("choices", "answers", "scores", "kind")
    judged = [
        Judged(row, score(answer, row)) for answer, row in _tally.paired(answers, examples, columns)
    ]
    kinds = defaultdict(list)
    for one in judged:
        kinds[one.row["kind"]].append(one)
    return _figures(judged) | {
        "kinds": {kind: _figures(kinds[kind]) for kind in sorted(kinds) if kind}
    }


def score(answer: str, row: Row) -> float:
    """How right an answer is, by the example's own scores."""
    return float(dict(zip(row["answers"], row["scores"], strict=True)).get(answer, 0.0))


def _figures(judged: Sequence[Judged]) -> dict[str, float]:
    rows = [one.row for one in judged]
    totals: Counter[str] = Counter()
    for row in rows:
        totals.update(dict(zip(row["answers"], row["scores"], strict=True)))
    vocabulary = [row["choices"] or list(totals) for row in rows]
    chance = _tally.mean(
        sum(score(word, row) for word in words) / max(1, len(words))
        for row, words in zip(rows, vocabulary, strict=True)
    )
    most = max(totals.values(), default=0.0)
    return _tally.accuracy(judged) | {"chance": chance, "constant": most / len(rows)}
