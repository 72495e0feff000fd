import json

import pytest
import torch

from curate.dataset.errors import WeightsError
from train import examine, model
from train.batches import Batches
from train.params import Sampling


@pytest.fixture
def batch(pairs, words):
    batches = Batches(pairs, words, 16, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    return batches.make(0, batches.order(0)[0])


def test_nothing_masked_gives_losses_of_zero_and_no_nan(batch, words, make_model):
    rates = {task: {"rate": 0.0} for task in ("mlm", "moc", "mrfr")}
    network = make_model(objectives={**rates, "itm": {}})
    examine.prepare(batch, examine.tasks(network.plan.objectives), words, 0, 0)
    scores = network(batch)
    assert [scores[task].loss.item() for task in rates] == [0.0, 0.0, 0.0]
    sum(score.loss for score in scores.values()).backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_every_weight_learns_from_the_four_tasks(batch, words, make_model):
    network = make_model()
    examine.prepare(batch, examine.tasks(network.plan.objectives), words, 0, 0)
    sum(score.loss for score in network(batch).values()).backward()
    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_padding_changes_no_answer(batch, make_model):
    network = make_model().eval()
    before = network.match(batch)
    longer = torch.zeros(16, 3, dtype=torch.long)
    batch.tokens = torch.cat([batch.tokens, longer], 1)
    batch.words = torch.cat([batch.words, longer.bool()], 1)
    torch.testing.assert_close(network.match(batch), before, atol=1e-5, rtol=1e-5)


def test_a_saved_model_comes_back_as_it_was(batch, make_model, tmp_path):
    network = make_model().eval()
    model.save(network, tmp_path)
    again = model.load(tmp_path)
    assert again.plan == network.plan
    assert again.name == "imagebert"
    assert torch.equal(again.match(batch), network.match(batch))


def test_weights_of_another_plan_are_refused(make_model, tmp_path):
    model.save(make_model(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["plan"]["width"] = 16
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="do not fit"):
        model.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"), [("model.safetensors", "100 bytes.*cut off"), ("config.json", "do not fit")]
)
def test_damaged_files_are_told_by_name(make_model, tmp_path, name, said):
    model.save(make_model(), tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:100])
    with pytest.raises(WeightsError, match=said):
        model.load(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plan", [0]),
        ("plan", {}),
        ("plan.heads", 0),
        ("plan.width", "wide"),
        ("plan.streams", "joint -1"),
        ("plan.objectives", {"no such task": {}}),
        ("sizes", None),
        ("sizes.vocabulary", -1),
    ],
)
def test_a_damaged_plan_is_told_whatever_it_says(make_model, tmp_path, key, value):
    model.save(make_model(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    first, _, second = key.partition(".")
    if second:
        config[first][second] = value
    else:
        config[first] = value
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="do not fit"):
        model.load(tmp_path)


def test_a_folder_without_a_model_says_what_is_missing(tmp_path):
    with pytest.raises(WeightsError, match=r"no config\.json, model\.safetensors"):
        model.load(tmp_path)
