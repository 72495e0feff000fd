import pytest

from curate.dataset.errors import WeightsError
from train import evaluate_multitask
from train.evaluate_task import EvaluateTaskParams


def test_a_folder_without_models_is_told(tmp_path):
    places = {name: tmp_path / name for name in ("model", "tasks", "labels", "out")}
    places["model"].mkdir()
    with pytest.raises(
        WeightsError, match=r"has no model of a task; run `dvc repro tasks/dvc\.yaml"
    ):
        evaluate_multitask.main(**places, params=EvaluateTaskParams())
