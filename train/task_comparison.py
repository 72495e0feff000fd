"""Figures of tasks by several models in; one table, beside what looks at no picture, out.

Each task is compared by the first figure of its measure (`train/tasks/metrics/`): of each model the
mean over the seeds that it was pretrained from, with its spread, beside what may be had without
looking at a picture (`train/tasks/baselines.py`). A run that is wanted and was not made is said to
be missing: the table is then of the others.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.dataset import files
from curate.dataset.errors import DataError
from curate.stage.run import run
from train.comparison import ComparisonParams, spread

_ALIKE = ("split", "examples")  # of all runs of a task
_MODEL = "found"  # what the model itself reached; other figures are of baselines


def main(runs: Path, table: Path, params: ComparisonParams) -> dict[str, Any]:
    """Put the figures of the runs that are wanted side by side.

    Args:
        runs: folder of their figures, `<task>-<model>-<seed>.json`, as `train.evaluate_task` gives
            them.
        table: file of the table as Markdown, a row for each task.
        params: section `comparison`.

    Returns:
        Of each task the figure's name, the number of examples, what each baseline reaches, and
        each model's spread over the seeds; and the names of missing runs.

    Raises:
        DataError: runs of one task were not measured on the same examples; names two.
    """
    found: dict[str, Any] = {}
    missing: list[str] = []
    for task in params.tasks:
        names = {m: [f"{task}-{m}-{seed}" for seed in params.seeds] for m in params.task_models}
        every = [name for own in names.values() for name in own]
        there = {
            name: json.loads(file.read_text(encoding="utf-8"))
            for name in every
            if (file := runs / f"{name}.json").is_file()
        }
        missing += [name for name in every if name not in there]
        if there:
            found[task] = _of_task(there, names)
    table.parent.mkdir(parents=True, exist_ok=True)
    partial = files.partial(table)
    partial.write_text(_markdown(found, params.task_models), encoding="utf-8")
    files.settle(partial, table)
    return {"tasks": found, "missing": missing}


def _of_task(
    runs: Mapping[str, Mapping[str, Any]], names: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """One task's figures; `names` are the runs of each model, whether they were made or not."""
    first, *others = runs
    alike = {name: runs[first][name] for name in _ALIKE}
    for other in others:
        if alike != (own := {name: runs[other][name] for name in _ALIKE}):
            raise DataError(
                f"{other} and {first} were not measured on the same examples: {own} and {alike}; "
                "call `dvc repro tasks/dvc.yaml:task_comparison`, which makes old ones again"
            )
    figure = next(iter(runs[first][_MODEL]))
    baselines = [name for name, value in runs[first].items() if isinstance(value, Mapping)]
    baselines.remove(_MODEL)
    reached = {
        model: [runs[name][_MODEL][figure] for name in own if name in runs]
        for model, own in names.items()
    }
    return {
        "figure": figure,
        "examples": alike["examples"],
        "baselines": {
            name: spread([one[name][figure] for one in runs.values()]) for name in baselines
        },
        "models": {model: spread(values) for model, values in reached.items() if values},
    }


def _markdown(tasks: Mapping[str, Mapping[str, Any]], models: Sequence[str]) -> str:
    """A row for each task: its figure and examples, means of the baselines and of the models."""
    baselines = list(dict.fromkeys(name for own in tasks.values() for name in own["baselines"]))
    heads = ["task", "figure", "examples", *(name.replace("_", " ") for name in baselines), *models]
    rows = [heads, ["---"] * len(heads)]
    for task, own in tasks.items():
        found = own["baselines"] | own["models"]
        values = [_cell(found.get(name)) for name in (*baselines, *models)]
        rows.append([task, own["figure"].replace("_", " "), f"{own['examples']:,}", *values])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(found: Mapping[str, float | None] | None) -> str:
    """A mean, and with several seeds its deviation."""
    if found is None:
        return "–"
    more = "" if found["deviation"] is None else f" ± {found['deviation']:.3f}"
    return f"{found['mean']:.3f}{more}"


if __name__ == "__main__":
    run("train.task_comparison", section="comparison")
