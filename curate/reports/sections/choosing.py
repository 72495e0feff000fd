"""Figures of all models that find captions and pictures become a plot and a table to choose by.

It is what `pairwright choose` says without limits. Models that were put to tasks have a page of
their own, since their stages are not of the whole job.
"""

from typing import Any

from curate.choosing import commands, measured
from curate.choosing.shown import LEAD, TITLE, shown
from curate.reports.inputs import Inputs, NotRun

__all__ = ["LEAD", "TITLE", "section"]


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """The task that every model is measured by."""
    figures = inputs.paths.figures
    found = measured.read(figures) if figures is not None else {}
    if not found:
        raise NotRun(measured.NOTHING)
    return {"tasks": shown(found), "more": commands.PAGE}
