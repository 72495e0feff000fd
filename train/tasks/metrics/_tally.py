"""What measures share: each example beside its answer, means, and means by a key."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset.errors import DataError, EmptySetError

Row = dict[str, Any]  # of `examples.EXAMPLES`, its details as a dict


class Judged(NamedTuple):
    """An example and how right its answer is."""

    row: Row
    score: float


def paired(
    examples: pa.Table, answers: pa.Table, columns: Sequence[str], of: str = "answer"
) -> list[tuple[Any, Row]]:
    """Each answer, or None, beside its example, in the order of the examples.

    Args:
        examples: schema `examples.EXAMPLES`.
        answers: schema `metrics.ANSWERS`; rows of other examples are of no account.
        columns: what is asked of an example, beside its name.
        of: column of the answers.

    Raises:
        EmptySetError: there is no example.
        DataError: one has no row among the answers.
    """
    rows = examples.select(["example", *columns]).to_pylist(maps_as_pydicts="strict")
    if not rows:
        raise EmptySetError("no example to measure answers on: the split is empty")
    given = dict(zip(*(answers.column(c).to_pylist() for c in ("example", of)), strict=True))
    if missing := [row["example"] for row in rows if row["example"] not in given]:
        raise DataError(
            f"{len(missing)} of {len(rows)} examples have no row among the answers, "
            f"{missing[0]!r} first; each needs one, with null for what was not answered"
        )
    return [(given[row["example"]], row) for row in rows]


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


def kinds(judged: Iterable[Judged]) -> dict[str, dict[str, dict[str, float]]]:
    """The same for each kind of example, as `kinds`."""
    found = by(judged, lambda row: row["kind"])
    return {"kinds": {kind: figures for kind, figures in found.items() if kind}}


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
