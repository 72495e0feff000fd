import copy

import pytest
import torch
from safetensors.torch import load_file, save_file

from train.batches import Batches
from train.depth import layers_above
from train.examine import ready, tasks
from train.params import Sampling
from train.shared import Shared

ONLY = {"mlm": None, "moc": None, "mrfr": None, "itm": None}


@pytest.fixture
def shared(make_model):
    """Two models, of words and of matching, that share the rest."""
    return Shared({n: make_model(objectives=ONLY | {n: {}}, dropout=0.0) for n in ("mlm", "itm")})


def test_models_share_all_but_their_heads(shared, make_model):
    words, matching = shared.models.values()
    assert words.heads is not matching.heads
    for name, weight in words.named_parameters():
        if not name.startswith("heads."):
            assert weight is matching.get_parameter(name) is shared.get_parameter(name)
    whole = make_model(objectives=ONLY | {"mlm": {}, "itm": {}})
    count = [sum(p.numel() for p in model.parameters()) for model in (shared, whole)]
    assert count[0] == count[1]
    assert set(layers_above(shared).values()) == set(layers_above(whole).values())


def test_every_weight_is_kept_once_and_comes_back(shared, tmp_path):
    save_file(shared.state_dict(), tmp_path / "whole.safetensors")
    with torch.no_grad():
        for weight in shared.parameters():
            weight.add_(1.0)
    before = load_file(tmp_path / "whole.safetensors")
    shared.load_state_dict(before)
    for name, model in shared.models.items():
        for key, value in model.state_dict().items():
            assert torch.equal(value, before[key.replace("heads.", f"heads.{name}.")])


def test_what_one_learns_changes_the_other_but_for_its_head(shared, pairs, words):
    words_, matching = shared.models.values()
    shared.train()
    assert words_.training
    assert matching.training
    batches = Batches(pairs, words, 16, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    todo = tasks(words_.plan.objectives)
    batch = ready(batches, batches.order(0)[0], words_.plan, todo, words, 0, 0)
    words_(batch)["mlm"].loss.backward()
    assert all(weight.grad is None for weight in matching.heads.parameters())
    assert all(weight.grad is not None for weight in words_.heads.parameters())
    assert matching.encoder.parts[0].layers[0] is words_.encoder.parts[0].layers[0]
    assert any(weight.grad is not None for weight in matching.encoder.parameters())


def test_a_copy_shares_within_itself_and_nothing_with_what_was_copied(shared):
    other = copy.deepcopy(shared)
    for name, model in other.models.items():
        for key, weight in model.named_parameters():
            assert weight is not shared.models[name].get_parameter(key)
            whole = key.replace("heads.", f"heads.{name}.")
            assert weight is other.get_parameter(whole)
