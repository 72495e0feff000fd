"""Figures of the validation stages become a table with links to their Data Docs."""

import os
from pathlib import Path
from typing import Any

from curate.reports.inputs import Inputs, NotRun

TITLE = "Validation"
LEAD = (
    "What great-expectations was asked about the data; a breach would have ended the pipeline. The "
    "Data Docs lie beside this page and open without a network."
)


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """One row per suite."""
    suites = inputs.metrics_below("validate")
    if not suites:
        raise NotRun("no figures of a validation; the stages validate write them")
    return {"suites": [{"name": n, "link": _link(inputs, n), **f} for n, f in suites.items()]}


def _link(inputs: Inputs, name: str) -> str | None:
    """Where a suite's Data Docs are, as seen from the report."""
    if inputs.paths.docs is None:
        return None
    index = inputs.paths.docs / name / "index.html"
    if not index.is_file():
        return None
    return Path(os.path.relpath(index, inputs.out.parent)).as_posix()
