"""Figures of tasks by several models in; one table, beside chance and simple baselines, out.

Each task is compared by the first figure of its measure (`train/tasks/metrics/`): of each model the
mean over the seeds that it was pretrained from, with its spread, beside what may be had without
learning from pictures (`train/tasks/baselines.py`, `train/tasks/by_words.py`), most of it without
looking at one. Captions have a row of SPICE, too. A run that is wanted and was not made is said to
be missing: the table is then of the others.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.dataset.errors import DataError
from curate.stage import markdown
from curate.stage.run import run
from train.comparison import ComparisonParams, joined, spread

_ALIKE = ("split", "examples")  # of all runs of a task
_MODEL = "found"  # what the model itself reached; other figures are of baselines, or of costs
_ANSWER, _TUNED, _SPICE = "answer", "tuned", "spice"
_BASELINES = {
    "by_lot": "drawn by lot: chance",
    "commonest": "what is right most often of a kind, or where regions of it lie; looks at nothing",
    "blind": "what is right most often by the words of a text; looks at no picture",
    "nearest": "looks at pictures and learns nothing: what is right of the training picture that "
    "is most alike, or the pictures like that of the training caption that shares most words",
}
"""What each baseline is, in the table's order."""


def main(
    runs: Path, trained: Path, captions: Path, table: Path, params: ComparisonParams
) -> dict[str, Any]:
    """Put the figures of the runs that are wanted side by side.

    Args:
        runs: folder of their figures, `<task>-<model>-<seed>.json`, as `train.evaluate_task` gives
            them.
        trained: folder of the same of their training, as `train.finetune` gives them.
        captions: folder of the same of SPICE, as `align.evaluate_captions` gives it.
        table: file of the table as Markdown, a row for each task, and for its SPICE.
        params: section `comparison`.

    Returns:
        Of each task the figure's name, the number of examples, what each baseline reaches, each
        model's spread over the seeds, the seeds, and what an answer and the fine-tuning of a model
        cost, where it was measured; of captions the same of SPICE, as `spice`; and the names of
        missing runs.

    Raises:
        DataError: runs of one task were not measured on the same examples; names two.
    """
    found: dict[str, Any] = {}
    missing: list[str] = []
    for task in params.tasks:
        names = {m: {s: f"{task}-{m}-{s}" for s in params.seeds} for m in params.task_models}
        every = [name for own in names.values() for name in own.values()]
        there = {
            name: _read(runs / f"{name}.json") | {_TUNED: _read(trained / f"{name}.json")}
            for name in every
            if (runs / f"{name}.json").is_file()
        }
        missing += [name for name in every if name not in there]
        if there:
            found[task] = _of_task(there, names)
            if said := _spice(captions, there):
                found[task][_SPICE] = _of_task(said, names)
    markdown.write(_lines(found, params.task_models), table)
    return {"tasks": found, "missing": missing}


def _of_task(
    runs: Mapping[str, Mapping[str, Any]], names: Mapping[str, Mapping[int, str]]
) -> dict[str, Any]:
    """One task's figures; `names` are the runs of each model by seed, made or not."""
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
    baselines = [name for name in baselines if name not in (_MODEL, _ANSWER, _TUNED)]
    made = {
        model: {seed: runs[name] for seed, name in own.items() if name in runs}
        for model, own in names.items()
    }
    made = {model: own for model, own in made.items() if own}
    return {
        "figure": figure,
        "examples": alike["examples"],
        "baselines": {
            name: spread([one[name][figure] for one in runs.values()]) for name in baselines
        },
        "models": {
            model: spread([one[_MODEL][figure] for one in own.values()])
            for model, own in made.items()
        },
        "seeds": {model: list(own) for model, own in made.items()},
        "costs": {model: _costs(list(own.values())) for model, own in made.items()},
    }


def _spice(captions: Path, runs: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of SPICE of the runs that have captions in which it finds facts."""
    found: dict[str, Any] = {}
    for name, run_of in runs.items():
        own = _read(captions / f"{name}.json")
        if _MODEL in own:
            told = {"split": run_of["split"], "examples": own["captions"], _TUNED: {}}
            found[name] = own | told
    return found


def _costs(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What an answer and fine-tuning cost, over the seeds; nothing that a run does not tell."""
    each = [
        one.get(_ANSWER, {}) | {k: v for k, v in one[_TUNED].items() if k == "cpu_seconds"}
        for one in runs
    ]
    return joined(each)


def _read(file: Path) -> dict[str, Any]:
    """Figures of a stage; empty where it was not run."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _lines(tasks: Mapping[str, Mapping[str, Any]], models: Sequence[str]) -> list[str]:
    """A row for each figure of a task: examples, baselines, models; and what baselines are."""
    there = {name for own in tasks.values() for name in own["baselines"]}
    baselines = [*(n for n in _BASELINES if n in there), *sorted(there - _BASELINES.keys())]
    heads = ["task", "figure", "examples", *map(_words, baselines), *models]
    rows = []
    each = [(t, one) for t, own in tasks.items() for one in (own, own.get(_SPICE)) if one]
    for task, own in each:
        found = own["baselines"] | own["models"]
        values = [_cell(found.get(name)) for name in (*baselines, *models)]
        rows.append([task, _words(own["figure"]), f"{own['examples']:,}", *values])
    known = [f"- {_words(name)}: {_BASELINES[name]}" for name in baselines if name in _BASELINES]
    return [*markdown.table(heads, rows), "", *known]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(found: Mapping[str, float | None] | None) -> str:
    """A mean, and with several seeds its deviation, if there is any."""
    if found is None:
        return "–"
    more = f" ± {found['deviation']:.3f}" if found["deviation"] else ""
    return f"{found['mean']:.3f}{more}"


if __name__ == "__main__":
    run("train.task_comparison", section="comparison")
