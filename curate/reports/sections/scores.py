"""Distributions of scores become charts: what was kept, what was dropped, where the limits are."""

from typing import Any

from curate.reports import distributions, plots
from curate.reports.distributions import Always, Classes, Distribution
from curate.reports.inputs import Inputs
from curate.reports.page import number

TITLE = "What the scorers saw"
LEAD = (
    "Every score of the pool, counted in pairs. Filled bars were kept; hatched ones on top of "
    "them were dropped, by whichever rule. A dashed line is the limit of a rule on this very score."
)
_MOST_VALUES = 12  # of a column of words that are shown


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """A chart for each column of each scorer."""
    scorers = distributions.of(inputs, params.bins)
    return {
        "pairs": len(inputs.pool),
        "bins": params.bins,
        "scorers": [
            {"name": name, "charts": [_chart(column) for column in columns]}
            for name, columns in scorers.items()
        ],
    }


def _chart(column: Distribution | Always | Classes) -> dict[str, Any]:
    if isinstance(column, Always):
        return {"name": column.name, "always": number(column.value)}
    if isinstance(column, Classes):
        return _bars(column)
    least, middle, greatest = map(number, column.quantiles)
    svg, scale = plots.histogram(
        column.name,
        column.edges,
        column.logarithmic,
        column.kept,
        column.dropped,
        column.limits,
    )
    about = f"median {middle}, from {least} to {greatest}{scale}"
    said = "".join(f"; rule {words}" for words, _ in column.limits)
    return {
        "name": column.name,
        "svg": svg,
        "about": about,
        "absent": column.absent,
        "alt": f"Histogram of {column.name}: {about}{said}.",
    }


def _bars(column: Classes) -> dict[str, Any]:
    shown, rest = column.counts[:_MOST_VALUES], column.counts[_MOST_VALUES:]
    bars = [*shown]
    if rest:
        kept, gone = sum(row[1] for row in rest), sum(row[2] for row in rest)
        bars.append((f"{len(rest)} others", kept, gone))
    return {
        "name": column.name,
        "bars": [{"value": value, "kept": kept, "dropped": gone} for value, kept, gone in bars],
        "widest": max(kept + gone for _, kept, gone in bars),
    }
