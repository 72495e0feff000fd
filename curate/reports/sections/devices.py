"""The table of a model's variants for small devices becomes rows, and a plot of time and recall."""

from collections.abc import Mapping
from typing import Any

from curate.reports import plots
from curate.reports.inputs import Inputs, NotRun

TITLE = "The model on small devices"
LEAD = (
    "Variants of one model, each in every form that it may run in: its room, how long "
    "one answer takes on one core, and what it still finds on pairs that training never saw."
)
COMMAND = "dvc exp run -S 'devices.variants=[whole,pruned,sparse,distilled]'"
_RANK = 10  # of the recall that is shown


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """A row for each variant and form, the fastest first, and a plot of them all."""
    found = inputs.metrics("compression")
    rows: list[dict[str, Any]] = found.get("rows", [])
    if not rows:
        raise NotRun(f"no variant for small devices was made; `{COMMAND}` makes and measures them")
    points = [(_name(row), row["p50_ms"], row[f"recall_at_{_RANK}"]) for row in rows]
    across, up = "milliseconds for one answer, median", f"recall at {_RANK}"
    return {
        "model": found.get("model"),
        "candidates": found.get("candidates"),
        "rank": _RANK,
        "rows": [_row(row) for row in sorted(rows, key=lambda row: row["p50_ms"])],
        "plot": plots.against("devices", points, across, up),
        "missing": found.get("missing", []),
        "command": COMMAND,
    }


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['variant']}, {row['form']}"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _name(row),
        "front": row["front"],
        "mib": row["bytes"] / 2**20,
        "packed_mib": row["packed_bytes"] / 2**20,
        "p50": row["p50_ms"],
        "p99": row["p99_ms"],
        "peak": row["peak_mib"],
        "recall": row[f"recall_at_{_RANK}"],
        "chance": row[f"chance_at_{_RANK}"],
        "smaller": row.get("smaller"),
        "faster": row.get("faster"),
        "lost": row.get("points_lost"),
    }
