"""What was measured of tasks in; for each a plot of time and quality, and a table, out."""

from collections.abc import Mapping
from typing import Any

from curate.choosing.candidate import Candidate, Measured
from curate.choosing.choice import Choice, Limits, choices
from curate.choosing.told import RIVALS, duration
from curate.reports import plots
from curate.reports.page import render

TITLE = "Which model to take"
LEAD = (
    "What each model and variant reached, how long one answer takes and what training took, as it "
    "was measured here. `pairwright choose --latency-ms 20 --memory-mb 200` asks with limits."
)


def shown(measured: Mapping[str, Measured]) -> list[dict[str, Any]]:
    """Values of the template `choosing.html`, task by task."""
    return [
        {
            "name": task,
            "choices": [
                _choice(f"choosing-{task}-{at}", choice)
                for at, choice in enumerate(choices(own, Limits()))
            ],
            "missing": [(one, duration(one.hours)) for one in own.missing],
        }
        for task, own in measured.items()
    ]


def page(measured: Mapping[str, Measured]) -> str:
    """A page of all tasks, which needs no network."""
    return render("choices.html", title=TITLE, lead=LEAD, tasks=shown(measured))


def _choice(name: str, choice: Choice) -> dict[str, Any]:
    points = [
        (_short(one.name), one.costs.p50_ms, one.quality.mean)
        for one in choice.within
        if one.costs.p50_ms is not None
    ]
    across, up = "milliseconds for one answer, median", choice.among
    return {
        "among": choice.among,
        "best": choice.best,
        "fastest": choice.fastest,
        "rows": [_row(one, choice) for one in choice.within],
        "plot": plots.against(name, points, across, up) if points else None,
        "blank": [one for one in choice.within if one.costs.p50_ms is None],
        "doubts": [(doubt, duration(doubt.hours)) for doubt in choice.rivals[:RIVALS]],
        "alone": len(choice.within) == 1,
    }


def _short(name: str) -> str:
    """Variant and form of a model without the model, which all of a plot have in common."""
    return name.partition(", ")[2] or name


def _row(one: Candidate, choice: Choice) -> dict[str, Any]:
    return {
        "name": one.name,
        "front": one.name in choice.front,
        "quality": one.quality,
        "chance": one.chance,
        "costs": one.costs,
        "training": duration(one.costs.training_hours),
        "backbone": one.backbone,
    }
