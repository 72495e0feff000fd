"""A small model that is pretrained on with a task's own questions, and then fine-tuned."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from curate.dataset import tables
from curate.dataset.errors import ParamsError, PluginError
from curate.stage.params import build
from train import finetune, pretrain_task
from train.model import save
from train.params import FinetuneParams, PretrainTaskParams

RUN = {"task": "shapes", "model": "models/small", "steps": 20, "batch": 16, "rate": 3e-3, "log": 1}


@pytest.fixture
def run(project, shapes, make_model, words) -> Callable[..., dict[str, Any]]:
    """Pretrains a small model on with easy-VQA's questions."""
    save(make_model(), Path("models/small"))
    words.save(Path("models/small"))

    def main(**changed: object) -> dict[str, Any]:
        params = build(PretrainTaskParams, {**RUN, **changed}, "pretrain_task.shapes")
        places = (shapes.task, shapes.labels, Path("models/small"), Path("before"), Path("logs"))
        return pretrain_task.main("shapes", *places, params)

    return main


def test_hidden_words_of_the_task_s_own_texts_are_learnt_with_its_pictures(run):
    figures = run(steps=60)
    assert figures["objective"] == "mlm"
    assert figures["begun_with"] == ["layers", "mlm"]
    curve = tables.read(Path("before/ledger.parquet"))
    assert curve.num_rows == figures["examples"]["train"]
    first = Path("logs/plots/metrics/mlm/loss.tsv").read_text(encoding="utf-8").splitlines()[1]
    assert figures["last"]["mlm/loss"] < 0.6 * float(first.split("\t")[-1])


def test_fine_tuning_begins_with_what_came_of_it(run, shapes):
    run(objectives={"mlm": {}, "itm": {"weight": 2.0}}, steps=2)
    plan = json.loads(Path("before/config.json").read_text(encoding="utf-8"))["plan"]
    assert plan["objectives"] == {"mlm": {}, "itm": {"weight": 2.0}}
    params = build(FinetuneParams, {**RUN, "steps": 1, "rate": 1e-12}, "finetune.shapes")
    places = (shapes.task, shapes.labels, Path("before"), Path("tuned"), Path("tuned_logs"))
    assert finetune.main("shapes", *places, params)["begun_with"] == ["layers"]
    before, after = (load_file(f"{name}/model.safetensors") for name in ("before", "tuned"))
    name = "text.word.weight"
    assert (before[name] - after[name]).abs().max() < 1e-9


def test_what_cannot_be_learnt_of_a_task_s_pairs_is_told(run):
    with pytest.raises(PluginError, match="mlm"):
        run(objectives={"masked": {}})
    with pytest.raises(ParamsError, match=r"unknown parameter objectives\.mlm\.share"):
        run(objectives={"mlm": {"share": 0.2}})
