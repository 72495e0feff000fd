import shutil
from functools import partial

import pytest
import torch

from train import examine
from train.batches import Batches
from train.layers import prepare_layers
from train.params import Sampling


def gradients(model, pairs, words, params):
    todo = examine.tasks(model.plan.objectives)
    batches = Batches(pairs, words, 8, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = examine.prepare(batches.make(0, batches.order(0)[0]), todo, words, 0, 0)
    prepare_layers(model, params)
    torch.manual_seed(3)
    loss = sum(score.loss for score in model.train()(batch).values())
    loss.backward()
    return loss.item(), {n: w.grad for n, w in model.named_parameters() if w.grad is not None}


def test_recomputed_layers_give_the_same_gradients_to_the_bit_dropout_too(
    pairs, words, make_model, run_params
):
    runs = []
    for recompute, times in ((False, 1), (True, 2)):
        model = make_model(dropout=0.3)
        calls: list[int] = []
        up = model.encoder.parts[0].layers[0].up
        up.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        runs.append(gradients(model, pairs, words, run_params(recompute=recompute)))
        assert len(calls) == times
    (loss, one), (other, two) = runs
    assert loss == other
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_an_encoder_that_is_traced_for_compiling_computes_the_same(
    pairs, words, make_model, run_params, monkeypatch
):
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    runs = []
    for traced in (False, True):
        model = make_model(dropout=0.0, streams="joint 1")
        runs.append(gradients(model, pairs, words, run_params(compile=traced)))
    (loss, one), (other, two) = runs
    assert loss == pytest.approx(other, rel=1e-5)
    assert one.keys() == two.keys()
    assert all(torch.allclose(one[name], two[name], atol=1e-4, rtol=1e-3) for name in one)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler")
def test_a_compiled_encoder_computes_the_same_and_keeps_its_names(
    pairs, words, make_model, run_params
):
    runs = [
        gradients(make_model(dropout=0.0), pairs, words, run_params(compile=compiled))
        for compiled in (False, True)
    ]
    (loss, one), (other, two) = runs
    assert loss == pytest.approx(other, rel=1e-5)
    assert one.keys() == two.keys()
    assert all(torch.allclose(one[name], two[name], atol=1e-3, rtol=1e-3) for name in one)
