"""A pretrained model and a task's examples in; the model that does the task, and its curves, out.

`--name` is the run's: `finetune.<name>` says which task, and which model it begins with. All but
the model's heads goes on from its weights; what is learnt is the objective of the task's format
(`train/tasks/formats/`), by the loop that pretraining has: a run that was killed goes on from its
last checkpoint, and under `torchrun` processes share each step's batches.
"""

from pathlib import Path
from typing import Any

from curate.stage import plugin
from curate.stage.run import run
from train.params import FinetuneParams
from train.tasks import examples

FORMATS = "train.tasks.formats"


def main(
    name: str,
    task: Path,
    labels: Path,
    model: Path,
    out: Path,
    log: Path,
    params: FinetuneParams,
) -> dict[str, Any]:
    """Fine-tune a model on a task's training split.

    Args:
        name: of the run.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        model: folder of the pretrained model.
        out: folder of the fine-tuned one.
        log: folder of its curves.
        params: its section.

    Raises as `train.tuning.lesson` does.
    """
    from train.tuning import tuned

    objective = plugin.load(FORMATS, examples.kind(task)).OBJECTIVE
    places = (task, labels, model, out, log)
    return tuned(f"finetune-{name}", {objective: params.objective}, *places, params)


if __name__ == "__main__":
    run("train.finetune", section="finetune")
