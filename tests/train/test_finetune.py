"""Fine-tuning of a small model on a small task, and what it answers afterwards."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch
from safetensors.torch import load_file

from curate.dataset import tables
from curate.dataset.errors import DataError, ParamsError, WeightsError
from curate.stage import checkpoint, plugin
from curate.stage.params import build
from train import evaluate_task, finetune
from train.model import MATCHING, save
from train.params import FinetuneParams

RUN = {
    "task": "shapes",
    "model": "models/small",
    "steps": 6,
    "batch": 16,
    "rate": 3e-3,
    "log": 2,
    "validate": 3,
    "checkpoint": 2,
}


@pytest.fixture
def pretrained(project, make_model, words) -> Path:
    """The folder of a small pretrained model."""
    save(make_model(), Path("models/small"))
    words.save(Path("models/small"))
    return Path("models/small")


@pytest.fixture
def run(shapes, pretrained) -> Callable[..., dict[str, Any]]:
    def main(out: str, **changed: object) -> dict[str, Any]:
        params = build(FinetuneParams, {**RUN, **changed}, "finetune.shapes")
        places = (shapes.task, shapes.labels, pretrained, Path(out), Path("logs", out))
        return finetune.main("shapes", *places, params)

    return main


def measured(shapes, model: str, **changed: object) -> dict[str, Any]:
    params = evaluate_task.EvaluateTaskParams(**changed)
    return evaluate_task.main(
        Path(model), shapes.task, shapes.labels, Path("answers.parquet"), params
    )


def test_a_fine_tuned_model_answers_what_no_blind_reader_can(run, shapes):
    figures = run("tuned", steps=150)
    assert figures["begun_with"] == ["layers"]
    assert figures["answers"] == 4
    found = measured(shapes, "tuned")
    assert found["found"]["accuracy"] > found["blind"]["accuracy"] + 0.15
    rows = tables.read(Path("answers.parquet")).to_pylist()
    assert len(rows) == found["examples"] == 12
    assert {row["answer"] for row in rows} <= {"red", "blue", "yes", "no"}
    assert set(found["found"]["kinds"]) == {"colour", "yes or no"}


def test_it_begins_with_all_weights_but_the_heads(run, pretrained):
    run("tuned", steps=1, rate=1e-12)
    before, after = (load_file(f"{f}/model.safetensors") for f in (pretrained, "tuned"))
    own = [name for name in after if not name.startswith("heads.")]
    assert sorted(own) == sorted(name for name in before if not name.startswith("heads."))
    assert all(torch.allclose(before[name], after[name], atol=1e-9) for name in own)
    assert {name.split(".")[1] for name in after if name.startswith("heads.")} == {"answer"}
    plan = json.loads(Path("tuned/config.json").read_text())["plan"]
    assert list(plan["objectives"]) == ["answer"]
    assert Path("tuned/tokenizer.json").read_bytes() == (pretrained / "tokenizer.json").read_bytes()


def test_a_model_that_was_told_of_words_reads_a_task_without(run, shapes, make_model):
    save(make_model(positions="aligned", facts=True, entities=True), Path("models/small"))
    assert run("tuned")["begun_with"] == ["layers"]
    assert measured(shapes, "tuned")["examples"] == 12


def test_a_killed_run_ends_as_if_it_had_not_been(run, monkeypatch):
    class KilledError(Exception):
        """As good as a kill: comes after a checkpoint was written."""

    whole = run("whole")
    save_state = checkpoint.Checkpoints.save

    def save_and_die(self, step, *rest):
        save_state(self, step, *rest)
        if step == 4:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "save", save_and_die)
        with pytest.raises(KilledError):
            run("resumed")
    assert not Path("resumed").exists()
    torch.manual_seed(99)  # what is left of random state must not matter
    resumed = run("resumed")
    assert resumed.pop("cpu_seconds") != whole.pop("cpu_seconds")  # since the checkpoint
    assert resumed == whole
    for name in ("model.safetensors", "ledger.parquet"):
        assert Path("whole", name).read_bytes() == Path("resumed", name).read_bytes()


def test_what_cannot_be_begun_with_is_told(run, shapes, pretrained, tmp_path):
    with pytest.raises(WeightsError, match="begin with one of the same"):
        run("tuned", change={"streams": "joint 3"})
    with pytest.raises(ParamsError, match=r"unknown parameter objectives\.answer\.losses"):
        run("tuned", objective={"losses": "binary"})
    with pytest.raises(ParamsError, match=r"change\.objectives: the objective is the task's"):
        run("tuned", change={"objectives": {"mlm": {}}})
    longer = tmp_path / "labels"
    shutil.copytree(shapes.labels, longer)
    for file in (longer / "regions").glob("features-*.parquet"):
        rows = tables.read(file)
        wide = [row + row for row in rows.column("feature").to_pylist()]
        place, form = rows.schema.get_field_index("feature"), rows.schema.field("feature")
        rows = rows.set_column(place, form, pa.array(wide, form.type))
        tables.write(rows, file, ("image", "region"))
    params = build(FinetuneParams, RUN, "finetune.shapes")
    with pytest.raises(DataError, match=r"numbers, and the model reads \d+; label the task"):
        finetune.main(
            "shapes", shapes.task, longer, pretrained, Path("tuned"), Path("logs"), params
        )


def test_an_example_whose_picture_has_no_regions_is_answered_wrongly(run, shapes, tmp_path):
    run("tuned")
    fewer = tmp_path / "labels"
    shutil.copytree(shapes.labels, fewer)
    rows = tables.read(shapes.task / "examples.parquet").to_pylist()
    gone = next(row["images"][0] for row in rows if row["split"] == "test")
    for file in (fewer / "regions").glob("*.parquet"):
        table = tables.read(file)
        if "image" in table.column_names:
            left = table.filter(pc.not_equal(table.column("image"), gone))
            key = ["image", "region"] if "region" in table.column_names else ["image"]
            tables.write(left, file, key)
    params = evaluate_task.EvaluateTaskParams()
    found = evaluate_task.main(Path("tuned"), shapes.task, fewer, Path("answers.parquet"), params)
    assert found["without_regions"] == 2
    assert found["examples"] == 12
    answers = tables.read(Path("answers.parquet")).column("answer")
    assert answers.null_count == 2
    assert found["found"]["accuracy"] <= 10 / 12


@pytest.mark.parametrize("kind", plugin.names("train.tasks.formats"))
def test_every_format_names_an_objective_and_a_measure_that_there_are(kind):
    module = plugin.load("train.tasks.formats", kind)
    objective = plugin.load("train.objectives", module.OBJECTIVE)
    writes = hasattr(objective, "written")  # in place of choosing
    assert callable(objective.written if writes else objective.Head.logits)
    if module.METRIC is None:
        assert module.OBJECTIVE in MATCHING  # captions and pictures find each other
    else:
        assert callable(objective.written if writes else objective.told)
        assert callable(plugin.load("train.tasks.metrics", module.METRIC).measure)
