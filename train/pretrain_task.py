"""A pretrained model and a task's texts and pictures in; the model pretrained on with them, out.

VisualBERT's third step (Li et al., 2019, task-specific pretraining), between pretraining and
fine-tuning: before it learns a task's answers, the model goes on with masked language modelling, or
other pretraining tasks, on the task's own training split, so that it knows its words and pictures.
`pretrain_task.<name>` says which; a run of `finetune` then begins with it, as with any model.
"""

from pathlib import Path
from typing import Any

from curate.stage.run import run
from train.params import PretrainTaskParams


def main(
    name: str,
    task: Path,
    labels: Path,
    model: Path,
    out: Path,
    log: Path,
    params: PretrainTaskParams,
) -> dict[str, Any]:
    """Pretrain a model on a task's training split; arguments and errors as `train.finetune` has.

    Raises:
        ParamsError: an objective is unknown, or reads what a task's pairs have not.
    """
    from train.tuning import tuned

    places = (task, labels, model, out, log)
    return tuned(f"pretrain_task-{name}", params.objectives, *places, params)


if __name__ == "__main__":
    run("train.pretrain_task", section="pretrain_task")
