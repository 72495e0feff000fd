"""One model of several tasks in; what it answers on each test split, and how well, out."""

from pathlib import Path
from typing import Any

from curate.dataset.errors import WeightsError
from curate.stage.run import run
from train import evaluate_task
from train.evaluate_task import EvaluateTaskParams


def main(
    model: Path,
    tasks: Path,
    labels: Path,
    out: Path,
    params: EvaluateTaskParams,
    before: Path | None = None,
) -> dict[str, Any]:
    """Measure each of a run's models as `train.evaluate_task` does.

    Args:
        model: folder of the folders that `train.multitask` wrote, by the tasks' keys.
        tasks: folder of the folders that `train.task_set` wrote, likewise.
        labels: folder of the labelers' tables of their pictures, likewise.
        out: folder of the answers, `<task>.parquet`.
        params: the section.
        before: folder of the model that they began with.

    Returns:
        Figures of each task by its key.

    Raises:
        WeightsError: there is no model.
    """
    from train.model import CONFIG_FILE

    names = sorted(file.parent.name for file in model.glob(f"*/{CONFIG_FILE}"))
    if not names:
        raise WeightsError(
            f"{model} has no model of a task; run `dvc repro tasks/dvc.yaml:multitask@<name>`"
        )
    return {
        name: evaluate_task.main(
            model / name, tasks / name, labels / name, out / f"{name}.parquet", params, before
        )
        for name in names
    }


if __name__ == "__main__":
    run("train.evaluate_multitask", section="evaluate_task")
