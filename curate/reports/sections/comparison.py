"""The table of models that were trained alike becomes rows with chance and spread."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from curate.reports.inputs import Inputs, NotRun

TITLE = "Models under the same conditions"
LEAD = (
    "Every model saw the same pairs in the same order for as many steps, from the same seeds. Each "
    "figure is the mean over the seeds, ± their standard deviation; differences smaller than that "
    "say nothing. A model of one seed has no ±."
)
COMMAND = "dvc exp run -S 'comparison.seeds=[0,1]'"
_WAYS = ("image_retrieval", "text_retrieval")
_RANK = 10  # of the recalls that models are told apart by
_NEARER = (1, 5)  # of those that stand below
_ASKED = {  # what a pretraining task asks for, in words
    "mlm": "hidden words",
    "moc": "classes of hidden regions",
    "mrckl": "classes of hidden regions, as a distribution",
    "itm": "whether caption and picture match",
    "itc": "its own picture among a batch's",
    "attributes": "attributes of hidden regions",
    "grounding": "the regions that a phrase names",
    "negatives": "true captions above false ones",
    "scenegraph": "hidden words of the scene graph",
}


class Cell(NamedTuple):
    """A figure of one model."""

    mean: float
    deviation: float | None  # None of a single run
    chance: float | None


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """One row per model, the best at retrieval first, its tasks, then the runs that are missing."""
    found = inputs.metrics("compare")
    if not found.get("models"):
        raise NotRun(f"no models were trained alike; `{COMMAND}` trains and compares them")
    return table(found, COMMAND)


def table(found: Mapping[str, Any], command: str) -> dict[str, Any]:
    """What the template shows of runs that are compared, given their table, and what makes it."""
    rows = [_row(name, figures) for name, figures in found["models"].items()]
    tasks = dict.fromkeys(task for row in rows for task in row["tasks"])
    return {
        "budget": found.get("budget", {}),
        "rank": _RANK,
        "rows": sorted(rows, key=lambda row: -sum(cell.mean for cell in row["recalls"] if cell)),
        "tasks": [(task, _ASKED.get(task, "")) for task in tasks],
        "learnt": list(dict.fromkeys(task for row in rows for task in row["learning"])),
        "missing": found.get("missing", []),
        "command": command,
    }


def _row(name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    ways = [figures.get(way, {}) for way in _WAYS]
    return {
        "name": name,
        "sees": None,  # how it takes pictures in, and
        "took": [],  # the time of a new one and of an answer, where models differ by that
        "seeds": len(figures.get("seeds", [])),
        "parameters": figures.get("parameters"),
        "seconds": figures.get("cpu_seconds", {}).get("pretrain", {}).get("mean"),
        "recalls": [_cell(way, f"recall_at_{_RANK}", f"chance_at_{_RANK}") for way in ways],
        "nearer": [_nearer(way) for way in ways],
        "times_chance": figures.get("least_times_chance"),
        "learning": {
            task: (own["loss"]["start"]["mean"], own["loss"]["end"]["mean"])
            for task, own in figures.get("learning", {}).items()
            if "loss" in own
        },
        "tasks": {
            task: cell
            for task, own in figures.get("tasks", {}).items()
            if (cell := _cell(own, "accuracy", "chance")) is not None
        },
    }


def _nearer(way: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Recalls at smaller ranks, where they are known."""
    names = ((rank, f"recall_at_{rank}") for rank in _NEARER)
    return [(rank, way[name]["mean"]) for rank, name in names if name in way]


def _cell(figures: Mapping[str, Any], name: str, chance: str) -> Cell | None:
    spread = figures.get(name)
    if not isinstance(spread, Mapping):
        return None
    return Cell(spread["mean"], spread["deviation"], figures.get(chance))
