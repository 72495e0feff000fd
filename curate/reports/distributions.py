"""Tables of scores in; of each column how its values are spread over kept and dropped pairs, out.

Every pair is counted, a million of them too; what is drawn is the counts of so many bins. The
report and `dvc plots` draw these same counts.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from curate.dataset import tables
from curate.reports import plots
from curate.reports.inputs import Inputs
from curate.reports.page import number
from curate.rules.rule import Rule

_NAMES = 200  # values, or one in twenty pairs, that are names and no classes


class Distribution(NamedTuple):
    """A column of numbers in bins."""

    name: str  # <scorer>.<column>
    edges: np.ndarray  # (B + 1,) of the bins
    logarithmic: bool  # whether they are in ratio
    kept: np.ndarray  # (B,) pairs; those far out are counted in the outermost bins
    dropped: np.ndarray  # (B,) pairs
    limits: list[tuple[str, float]]  # words and value of every rule's limit on this very score
    absent: int  # pairs without a value
    quantiles: tuple[float, float, float]  # least, median, greatest


class Always(NamedTuple):
    """A column that has one value for every pair that has any."""

    name: str
    value: float


class Classes(NamedTuple):
    """A column of words, or of yes and no."""

    name: str
    counts: list[tuple[str, int, int]]  # value, pairs kept, pairs dropped; the commonest first


@lru_cache(maxsize=1)
def of(inputs: Inputs, bins: int) -> dict[str, list[Distribution | Always | Classes]]:
    """Of each scorer its columns, in their order.

    Args:
        inputs: with scores; a table and its pairs are read once.
        bins: at most about so many of a column of numbers.

    Raises:
        NotRun: nothing was scored.
    """
    folder = inputs.there(inputs.paths.scores, "score")
    rows, kept = inputs.scores(inputs.pool), inputs.pool["kept"].to_numpy()
    found: dict[str, list[Distribution | Always | Classes]] = {}
    for file in sorted(folder.glob("*.parquet")):
        told: list[Distribution | Always | Classes | None] = []
        for field in list(tables.schema(file))[1:]:
            name = f"{file.stem}.{field.name}"
            if kinds.is_boolean(field.type) or kinds.is_string(field.type):
                told.append(_classes(name, rows.column(name), kept))
            elif kinds.is_integer(field.type) or kinds.is_floating(field.type):
                limits = [
                    limit
                    for rule_name, rule in inputs.rules.items()
                    if rule.column == name
                    for limit in _limits(rule_name, rule)
                ]
                told.append(_distribution(name, rows.column(name), kept, limits, bins))
        if any(told):
            found[file.stem] = [one for one in told if one is not None]
    return found


def _distribution(
    name: str, column: pa.Array, kept: np.ndarray, limits: list[tuple[str, float]], bins: int
) -> Distribution | Always | None:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    known = np.isfinite(values)
    values, kept = values[known], kept[known]
    if not len(values):
        return None
    least, middle, greatest = np.quantile(values, [0, 0.5, 1]).tolist()
    if least == greatest:
        return Always(name, least)
    edges, logarithmic = plots.edges_of(values, [limit for _, limit in limits], bins)
    stay, gone = (plots.counted(part, edges) for part in (values[kept], values[~kept]))
    absent = int((~known).sum())
    return Distribution(
        name, edges, logarithmic, stay, gone, limits, absent, (least, middle, greatest)
    )


def _limits(name: str, rule: Rule) -> Iterator[tuple[str, float]]:
    if rule.at_least is not None:
        yield f"{name} ≥ {number(rule.at_least)}", rule.at_least
    if rule.at_most is not None:
        yield f"{name} ≤ {number(rule.at_most)}", rule.at_most
    for word, end in zip("≥≤", rule.between or (), strict=False):
        yield f"{name} {word} {number(end)}", end


def _classes(name: str, column: pa.Array, kept: np.ndarray) -> Classes | None:
    """Counts of a column's values; none of one that holds names."""
    if pc.count_distinct(column).as_py() > max(_NAMES, len(column) / 20):
        return None
    values = pc.fill_null(column.cast(pa.string()), "unknown")
    counted = pa.table({"value": values, "kept": kept}).group_by(["value", "kept"])
    counts: dict[str, list[int]] = {}
    for row in counted.aggregate([([], "count_all")]).to_pylist():
        counts.setdefault(row["value"], [0, 0])[not row["kept"]] = row["count_all"]
    order = sorted(counts, key=lambda value: (-sum(counts[value]), value))
    return Classes(name, [(value, counts[value][0], counts[value][1]) for value in order])
