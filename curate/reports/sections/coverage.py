"""What the stage `coverage` ranked becomes what there is too little of, and what brings more."""

from typing import Any

from curate.reports.inputs import Inputs, NotRun

TITLE = "What there is too little of"
LEAD = (
    "Things that captions name, linked to WordNet, relations that they state, and languages: a "
    "model learns little of what it sees a few times. The most wanted come first, each with what "
    "brings more of it: another rule, a crawl, or made pairs."
)
_LISTED = 15  # rows of a list; the metrics of the stage have more


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """Concepts, relations and languages by need."""
    found = inputs.metrics("coverage")
    if not found:
        raise NotRun("metrics/coverage.json is missing; the stage coverage writes it")
    lists = {
        name: {"rows": rows[:_LISTED], "all": found["wanted"][name]}
        for name, rows in found["next"].items()
    }
    return {**found, "lists": lists}
