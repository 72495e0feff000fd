"""A pretrained model and several tasks in; one model that does them all, and its curves, out.

`--name` is the run's: `multitask.<name>` says which tasks, and which model it begins with. All
share its embeddings and layers (`train/shared.py`); each has a head, as `train.finetune` gives one.
A step learns one task, drawn by how many examples there are (`train/turns.py`). What is left is a
folder of models, one for each task, which are used and measured as any other.
"""

from pathlib import Path
from typing import Any

from curate.dataset import memory
from curate.dataset.errors import ParamsError
from curate.stage import plugin
from curate.stage.run import run
from train.params import MultitaskParams
from train.tasks import examples

FORMATS = "train.tasks.formats"


def main(
    name: str,
    tasks: Path,
    labels: Path,
    model: Path,
    out: Path,
    log: Path,
    params: MultitaskParams,
) -> dict[str, Any]:
    """Fine-tune a model on the training splits of several tasks.

    Args:
        name: of the run.
        tasks: folder of the folders that `train.task_set` wrote, by the tasks' keys.
        labels: folder of the labelers' tables of their pictures, likewise.
        model: folder of the pretrained model.
        out: folder of the fine-tuned ones, likewise.
        log: folder of the curves.
        params: its section.

    Returns:
        Figures of the run, and of each task also its `share` of the steps.

    Raises as `train.tuning.lesson` does; and:
        ParamsError: no task is named, or one that is not there.
    """
    from train.running import fingerprint, trained
    from train.shared import Shared
    from train.tuning import lesson
    from train.turns import shares

    _check(name, tasks, params)
    lessons, figures = [], {}
    for task, objective in params.tasks.items():
        learnt = {plugin.load(FORMATS, examples.kind(tasks / task)).OBJECTIVE: objective}
        taught, told = lesson(learnt, tasks / task, labels / task, model, params, task)
        lessons.append(taught)
        figures[task] = told
    parts = shares([len(one.corpus) for one in lessons], params.temperature)
    for task, part in zip(figures, parts, strict=True):
        figures[task]["share"] = float(part)
    shared = Shared({one.name: one.model for one in lessons})
    read = [model, *(folder / task for folder in (tasks, labels) for task in params.tasks)]
    run_name = f"multitask-{name}"
    made_of = fingerprint(params, run_name, [memory.fingerprint(folder) for folder in read])
    with trained(run_name, made_of, shared, lessons, params, log, params.temperature) as ran:
        if ran.first:
            ran.write(out)
        return {
            "model": shared.name,
            "parameters": ran.parameters,
            "steps": params.steps,
            "tasks": figures,
            "last": ran.last,
        }


def _check(name: str, tasks: Path, params: MultitaskParams) -> None:
    """Refuse a run whose tasks are not there."""
    there = sorted(file.parent.name for file in tasks.glob(f"*/{examples.FILE}"))
    missing = [task for task in params.tasks if task not in there]
    if missing or not params.tasks:
        told = f"no task {', '.join(missing)} in {tasks}" if missing else "no task is named"
        raise ParamsError(
            f"multitask.{name}.tasks: {told}; there are {', '.join(there) or 'none'}, and "
            "`dvc repro tasks/dvc.yaml:label_task@<task>` makes another of section `tasks`"
        )


if __name__ == "__main__":
    run("train.multitask", section="multitask")
