import json
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from curate.dataset import tables
from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train import card, exchange, pretrain

ID = "0123456789abcdef" * 4


@pytest.fixture
def trained(small, project, run_params):
    """A run of some steps on a snapshot that has an id, in a folder of its own."""

    def make(**wished):
        (small.snapshot / "id").write_text(f"{ID}\n")
        model = {"size": "tiny", "change": {**peers.SMALL, "streams": "joint 1"}, **wished}
        params = run_params(model=model, steps=2, batch=16, seed=3)
        parts = (small.snapshot, small.labels, small.network, Path("models/one"), Path("log"))
        return pretrain.main("visualbert", *parts, params), Path("models/one")

    yield make
    (small.snapshot / "id").unlink(missing_ok=True)


def read(folder):
    return (folder / "README.md").read_text(encoding="utf-8")


def test_a_run_leaves_a_card_that_the_hub_reads(trained, small):
    figures, folder = trained()
    data = ModelCard(read(folder)).data
    assert data.library_name == "pairwright"
    assert data.language == ["de", "en"]
    results = {r.metric_type: r.metric_value for r in data.eval_results}
    told = {
        name.removeprefix("validation/"): value
        for name, value in figures["last"].items()
        if name.startswith("validation/")
    }
    assert results == told
    assert {r.dataset_split for r in data.eval_results} == {"validation"}


def test_the_card_tells_plan_data_params_and_versions(trained, small):
    figures, folder = trained()
    text = read(folder)
    rows = tables.read(small.snapshot / "manifest.parquet").to_pylist()
    learnt = [row for row in rows if row["split"] == "train"]
    english = [row for row in learnt if row["lang"] == "en"]
    assert f"Snapshot `{ID}`: {len(learnt)} pairs of" in text
    assert f"| en | {len(english)} | {len({row['image'] for row in english})} |" in text
    assert f"| unknown | {len(learnt)} |" in text  # no licence is known of drawn pictures
    assert f"| parameters | {figures['parameters']:,} |" in text
    assert "| streams | joint 1 |" in text
    assert "2 steps of 16 pairs, seed 3." in text
    written = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    assert (written["steps"], written["model"]["change"]["width"]) == (2, 24)
    for title in ("Intended use", "Known gaps", "Made with", "Load it"):
        assert f"\n## {title}\n" in text
    assert "| torch | " in text


def test_the_same_run_leaves_the_same_card(trained):
    _, folder = trained()
    first = read(folder), (folder / card.FILE).read_bytes()
    _, folder = trained()
    assert (read(folder), (folder / card.FILE).read_bytes()) == first


def test_a_snapshot_without_an_id_is_said_to_have_none(trained, small):
    (small.snapshot / "id").unlink(missing_ok=True)
    facts = json.loads((trained()[1] / card.FILE).read_text())
    facts["data"]["id"] = None
    assert "A snapshot without an id: " in card.text(facts)


def test_an_exported_model_takes_its_card_along_with_figures_of_its_evaluation(trained):
    _, folder = trained()
    figures = {"model": "visualbert", "split": "test", "tasks": {"itm": {"accuracy": 0.75}}}
    Path("evaluation.json").write_text(json.dumps(figures))
    exchange.export_model(folder, Path("out"), evaluation=Path("evaluation.json"))
    data = ModelCard(read(Path("out"))).data
    assert data.library_name == "transformers"
    (tested,) = [r for r in data.eval_results if r.dataset_split == "test"]
    assert (tested.metric_type, tested.metric_value) == ("tasks/itm/accuracy", 0.75)
    assert "AutoModel.from_pretrained" in read(Path("out"))


def test_figures_of_another_model_are_refused(trained):
    _, folder = trained()
    Path("evaluation.json").write_text(json.dumps({"model": "clip", "split": "test"}))
    with pytest.raises(ParamsError, match=r"figures of 'clip'.*is a model 'visualbert'"):
        exchange.export_model(folder, Path("out"), evaluation=Path("evaluation.json"))
