"""Tables of scores become one histogram per column: what was kept, what was dropped, the limits."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from curate.reports import plots
from curate.reports.inputs import Inputs
from curate.reports.page import number
from curate.rules.rule import Rule

TITLE = "What the scorers saw"
LEAD = (
    "Every score of the pool, counted in pairs. Filled bars were kept; hatched ones on top of "
    "them were dropped, by whichever rule. A dashed line is the limit of a rule on this very score."
)
_MOST_VALUES = 12  # of a column of words that is worth a chart


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """A chart for each column of each scorer."""
    folder = inputs.there(inputs.paths.scores, "score")
    rows, kept = inputs.scores(inputs.pool), inputs.pool["kept"].to_numpy()
    scorers = []
    for file in sorted(folder.glob("*.parquet")):
        charts = []
        for field in list(pq.read_schema(file))[1:]:
            name = f"{file.stem}.{field.name}"
            if kinds.is_boolean(field.type) or kinds.is_string(field.type):
                charts.append(_bars(name, rows.column(name), kept))
            elif kinds.is_integer(field.type) or kinds.is_floating(field.type):
                charts.append(_histogram(name, rows.column(name), kept, inputs, params.bins))
        found = [chart for chart in charts if chart]
        if found:
            scorers.append({"name": file.stem, "charts": found})
    return {"scorers": scorers}


def _histogram(
    name: str, column: pa.Array, kept: np.ndarray, inputs: Inputs, bins: int
) -> dict[str, Any] | None:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    known = np.isfinite(values)
    if not known.any():
        return None
    limits = [
        (words, limit)
        for rule_name, rule in inputs.rules.items()
        if rule.column == name
        for words, limit in _limits(rule_name, rule)
    ]
    if np.ptp(values[known]) == 0:
        return {"name": name, "always": number(values[known][0])}
    svg, scale = plots.histogram(name, values[known & kept], values[known & ~kept], limits, bins)
    middle = float(np.median(values[known]))
    least, greatest = number(values[known].min()), number(values[known].max())
    about = f"median {number(middle)}, from {least} to {greatest}{scale}"
    said = "".join(f"; rule {words}" for words, _ in limits)
    return {
        "name": name,
        "svg": svg,
        "about": about,
        "absent": int((~known).sum()),
        "alt": f"Histogram of {name}: {about}{said}.",
    }


def _limits(name: str, rule: Rule) -> list[tuple[str, float]]:
    found = []
    if rule.at_least is not None:
        found.append((f"{name} ≥ {number(rule.at_least)}", rule.at_least))
    if rule.at_most is not None:
        found.append((f"{name} ≤ {number(rule.at_most)}", rule.at_most))
    if rule.between is not None:
        found += [
            (f"{name} {word} {number(end)}", end)
            for word, end in zip("≥≤", rule.between, strict=True)
        ]
    return found


def _bars(name: str, column: pa.Array, kept: np.ndarray) -> dict[str, Any] | None:
    """Counts of the commonest values of a column of words or of yes and no."""
    if pc.count_distinct(column).as_py() > max(200, len(column) / 20):
        return None  # names, not classes
    values = pd.Series(column.cast(pa.string()).to_pylist()).fillna("unknown")
    table = pd.crosstab(values, pd.Series(kept)).reindex(columns=[True, False], fill_value=0)
    table["all"] = table.sum(axis=1)
    table = table.sort_index().sort_values("all", ascending=False, kind="stable")
    shown, rest = table.head(_MOST_VALUES), table.iloc[_MOST_VALUES:]
    bars: list[dict[str, Any]] = [
        {"value": value, "kept": int(row[True]), "dropped": int(row[False])}
        for value, row in shown.iterrows()
    ]
    if len(rest):
        counts = {"kept": int(rest[True].sum()), "dropped": int(rest[False].sum())}
        bars.append({"value": f"{len(rest)} others", **counts})
    return {"name": name, "bars": bars, "widest": max(b["kept"] + b["dropped"] for b in bars)}
