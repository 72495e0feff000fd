"""Figures of models that were put to tasks in; candidates for each task out.

Models that were pretrained alike and went on with a task have a table
(`train/task_comparison.py`), single runs a file each (`train/evaluate_task.py` and
`train/evaluate_multitask.py`). A task is compared by the first figure of its measure, beside the
best of what looks at no picture.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.choosing import commands
from curate.choosing.candidate import (
    Candidate,
    Measured,
    Missing,
    Quality,
    Stages,
    mean,
    of_answers,
    together,
    usual,
)
from curate.choosing.retrieval import seconds
from curate.reports import results

_MODEL, _BEFORE = "found", "before"  # the run itself, and what it began with; others are baselines


def read(figures: Path, tasks: Path) -> dict[str, Measured]:
    """Every model whose answers were measured, by task.

    Args:
        figures: folder of the stages' metrics, which tell what pretraining took.
        tasks: folder of those of the tasks' stages.
    """
    compared = results.read(figures / "compare.json")
    table = results.read(tasks / "compared.json")
    found: dict[str, Measured] = {}
    for task, own in table.get("tasks", {}).items():
        found[task] = Measured(list(_compared(task, own, compared)))
    for run, own in results.below(tasks / "evaluate_task").items():
        if _MODEL in own:
            again = f"dvc repro -f -s tasks/dvc.yaml:evaluate_task@{run}"
            single = _single(f"models/finetuned/{run}", own, again)
            found.setdefault(own.get("task", run), Measured()).candidates.append(single)
    for run, of_task in results.below(tasks / "evaluate_multitask").items():
        again = f"dvc repro -f -s tasks/dvc.yaml:evaluate_multitask@{run}"
        for task, own in of_task.items():
            single = _single(f"models/multitask/{run}/{task}", own, again)
            found.setdefault(task, Measured()).candidates.append(single)
    for name in table.get("missing", []):
        task = max((known for known in found if name.startswith(f"{known}-")), key=len, default="")
        own = found.setdefault(task or name.partition("-")[0], Measured())
        own.missing.append(_missing(name, task, own))
    return found


def _compared(
    task: str, own: Mapping[str, Any], compared: Mapping[str, Any]
) -> Iterator[Candidate]:
    """The models of one task; what training took is pretraining and fine-tuning together."""
    pretrained = compared.get("models", {})
    for model, spread in own["models"].items():
        seeds = tuple(own.get("seeds", {}).get(model, ()))
        least = 1 if spread["deviation"] is None else 2  # runs, where a table does not tell
        costs = own.get("costs", {}).get(model, {})
        tuning = mean(costs.get("cpu_seconds"))
        one = f"{commands.TASK.one}{task}-{model}"
        yield Candidate(
            name=model,
            folder=f"models/compare_tasks/{task}-{model}-*",
            among=_among(own["figure"], own["examples"]),
            questions=own["examples"],
            quality=Quality(spread["mean"], spread["deviation"], len(seeds) or least),
            costs=of_answers(costs, together([seconds(pretrained.get(model, {})), tuning])),
            chance=max((base["mean"] for base in own["baselines"].values()), default=None),
            backbone=pretrained.get(model, {}).get("visual"),
            seeds=seeds,
            stages=Stages(one, commands.TASK.all) if seeds else None,
            lacking=f"dvc repro -f -s {one}-{seeds[0] if seeds else 0} && "
            f"dvc repro -s {commands.TASK.all}",
            snapshot=compared.get("budget", {}).get("manifest"),
        )


def _single(folder: str, own: Mapping[str, Any], lacking: str) -> Candidate:
    """One model that was put to a task; how long its pretraining took is not told."""
    figure, reached = next(iter(own[_MODEL].items()))
    other = (_MODEL, _BEFORE, "answer")
    baselines = [v for k, v in own.items() if isinstance(v, Mapping) and k not in other]
    return Candidate(
        name=f"{folder} ({own['model']})",
        folder=folder,
        among=_among(figure, own["examples"]),
        questions=own["examples"],
        quality=Quality(reached, None, 1),
        costs=of_answers(own.get("answer", {}), None),
        chance=max((base[figure] for base in baselines if figure in base), default=None),
        lacking=lacking,
    )


def _missing(name: str, task: str, own: Measured) -> Missing:
    model = name.removeprefix(f"{task}-").rpartition("-")[0]
    hours = {one.name: one.costs.training_hours for one in own.candidates}
    return Missing(
        name,
        commands.made(commands.TASK, [name]),
        hours.get(model) or usual(list(hours.values())),
    )


def _among(figure: str, examples: int) -> str:
    return f"{figure.replace('_', ' ')} of {examples:,} examples"
