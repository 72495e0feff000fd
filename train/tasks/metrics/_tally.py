"""What measures share: each example beside its answer, means, and means by a key."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from curate.dataset.errors import DataError, EmptySetError

Answer = TypeVar("Answer")
Row = dict[str, Any]  # of `examples.EXAMPLES`, its details as a dict


class Judged(NamedTuple):
    """An example and how right its answer is."""

    row: Row
    score: float


def paired(
    answers: Mapping[str, Answer], examples: pa.Table, columns: Sequence[str]
) -> list[tuple[Answer, Row]]:
    """Every example beside its answer, in the table's order.

    Args:
        answers: by the example's name; others than the table's are of no account.
        examples: schema `examples.EXAMPLES`.
        columns: what is asked of a row, beside its name.

    Raises:
        EmptySetError: there is no example.
        DataError: one has no answer.
    """
    rows = examples.select(["example", *columns]).to_pylist(maps_as_pydicts="strict")
    if not rows:
        raise EmptySetError("no example to measure answers on: the split is empty")
    if missing := [row["example"] for row in rows if row["example"] not in answers]:
        raise DataError(
            f"{len(missing)} of {len(rows)} examples have no answer, {missing[0]!r} first; "
            "every example of the split needs one"
        )
    return [(answers[row["example"]], row) for row in rows]


def mean(values: Iterable[float]) -> float:
    """The mean of at least one value."""
    found = list(values)
    return sum(found) / len(found)


def accuracy(judged: Sequence[Judged]) -> dict[str, float]:
    """The mean score, and of how many examples."""
    return {"accuracy": mean(one.score for one in judged), "examples": len(judged)}


def by(judged: Iterable[Judged], key: Callable[[Row], str]) -> dict[str, dict[str, float]]:
    """The same for each value of a key, sorted."""
    groups = defaultdict(list)
    for one in judged:
        groups[key(one.row)].append(one)
    return {name: accuracy(groups[name]) for name in sorted(groups)}


def together(judged: Iterable[Judged]) -> dict[str, bool]:
    """Name of each group of examples -> whether all its answers are wholly right."""
    found: dict[str, bool] = {}
    for row, score in judged:
        found[row["group"]] = found.get(row["group"], True) and score >= 1
    return found


def detail(row: Row, name: str) -> list[str]:
    """What an example's table says of it beyond its answers.

    Raises:
        DataError: nothing of that name.
    """
    if (found := row["details"].get(name)) is None:
        there = ", ".join(sorted(row["details"])) or "none"
        raise DataError(f"example {row['example']!r} has no {name!r} among its details ({there})")
    return found
