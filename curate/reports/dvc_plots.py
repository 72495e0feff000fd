"""What the report counts becomes tables that `dvc plots` draws, one version beside another.

    counts/funnel.json      pairs that are left after each step
    counts/reasons.json     what left, by the reason
    counts/sources.json     pairs of the snapshot by source, languages.json by language
    scores/<column>.json    pairs by score, with the limits of rules

`dvc.yaml` says how they are drawn, by the templates in `.dvc/plots`. Training curves are DVCLive's.
"""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from curate.dataset import tables
from curate.dataset.languages import primary
from curate.reports import distributions
from curate.reports.distributions import Distribution
from curate.reports.inputs import Inputs, NotRun
from curate.reports.sections import funnel
from curate.stage.run import write_json

_MOST = 24  # languages or sources; the rest is added up


def write(inputs: Inputs, out: Path, bins: int) -> None:
    """Write the tables; those of stages that did not run are left out.

    Args:
        inputs: of the report.
        out: folder; what it held before is replaced.
        bins: of a score.
    """
    shutil.rmtree(out, ignore_errors=True)
    steps = funnel.totals(inputs)
    left = [{"name": step["name"], "pairs": step["left"]} for step in steps]
    reasons = [
        {"name": f"{step['kind']}: {step['name']}", "pairs": step["gone"]}
        for step in steps
        if step["gone"]
    ]
    write_json(left, out / "counts/funnel.json")
    write_json(reasons or [{"name": "nothing", "pairs": 0}], out / "counts/reasons.json")
    try:
        pairs = inputs.manifest
    except NotRun:
        pairs = inputs.pool[inputs.pool["kept"]]
    write_json(_counted(pairs["source"]), out / "counts/sources.json")
    write_json(_counted(pairs["lang"].map(primary)), out / "counts/languages.json")
    (out / "scores").mkdir()
    try:
        scorers = distributions.of(inputs, bins)
    except NotRun:
        return
    for column in (one for columns in scorers.values() for one in columns):
        if isinstance(column, Distribution):
            write_json(_binned(column), out / f"scores/{column.name}.json")


def _counted(values: pd.Series) -> list[dict[str, Any]]:
    """Pairs by value, the commonest first."""
    counts = tables.counts(pa.chunked_array([pa.Array.from_pandas(values, type=pa.string())]))
    order = sorted(counts, key=lambda name: (-counts[name], name))
    rows = [{"name": name, "pairs": counts[name]} for name in order[:_MOST]]
    if rest := order[_MOST:]:
        rows.append({"name": f"{len(rest)} others", "pairs": sum(counts[n] for n in rest)})
    return rows or [{"name": "nothing", "pairs": 0}]


def _binned(column: Distribution) -> list[dict[str, Any]]:
    """A row for each edge, with the pairs from there to the next; limits fill the first rows."""
    rows = [
        {"value": edge, "kept": int(kept), "dropped": int(dropped), "limit": None, "rule": None}
        for edge, kept, dropped in zip(
            column.edges.tolist(), [*column.kept, 0], [*column.dropped, 0], strict=True
        )
    ]
    rows += [dict(rows[-1]) for _ in column.limits[len(rows) :]]  # none is left out
    for row, (words, limit) in zip(rows, column.limits, strict=False):
        row |= {"limit": limit, "rule": words}
    return rows
