import copy

import numpy as np
import pytest
import torch

from train import examine
from train.batches import Batches
from train.devices import pruning
from train.encoder import Layer
from train.params import Sampling

TWO_STREAMS = ("text 2 | vision 1 | cross 2", "text 1 | coattention 2")


@pytest.fixture
def ready(pairs, words):
    """Batches that are ready for a model's tasks, the same each time."""

    def make(model, number=2):
        todo = examine.tasks(model.plan.objectives)
        batches = Batches(pairs, words, 8, 0, Sampling())
        rows = batches.first(8 * number)
        return [examine.ready(batches, some, model.plan, todo, words, 0, 0) for some in rows]

    return make


def states(model, batch):
    with torch.no_grad():
        found = model.eval().states(batch)
    return found.text[batch.words], found.pooled


def layers(model):
    return {name: m for name, m in model.named_modules() if isinstance(m, Layer)}


def test_layers_that_are_left_are_evenly_spaced_and_as_they_were(make_model):
    model = make_model(streams="joint 4")
    found = pruning.thinned(model, 0.5)
    assert found.plan.streams == "joint 2"
    for before, after in ((1, 0), (3, 1)):
        was, now = (m.encoder.parts[0].layers[n] for m, n in ((model, before), (found, after)))
        for name, weight in now.state_dict().items():
            assert torch.equal(weight, was.state_dict()[name]), name
    assert torch.equal(found.text.word.weight, model.text.word.weight)


def test_each_part_keeps_its_share_of_layers_and_one_at_least(make_model):
    found = pruning.thinned(make_model(streams=TWO_STREAMS[0]), 0.5)
    assert found.plan.streams == "text 1 | vision 1 | cross 1"


@pytest.mark.parametrize("streams", ["joint 2", *TWO_STREAMS])
def test_what_does_nothing_goes_first_and_nothing_changes(make_model, ready, streams):
    """Heads and neurons whose output is ignored are found, and the smaller model is the same."""
    model = make_model(streams=streams, width=32, heads=4, inner=64)
    idle, lazy = torch.tensor([1, 2]), torch.arange(0, 64, 2)
    with torch.no_grad():
        for module in model.modules():
            if hasattr(module, "heads") and hasattr(module, "output"):
                columns = (idle[:, None] * 8 + torch.arange(8)).flatten()
                module.output.weight[:, columns] = 0
            if isinstance(module, Layer):
                module.down.weight[:, lazy] = 0
    batches = ready(model)
    matters = pruning.importance(model, batches)
    for name, layer in layers(model).items():
        assert (matters[name][lazy] == 0).all()
        assert (matters[f"{name}.attention"][idle] == 0).all()
        assert layer.down.weight.grad is None
    found = pruning.narrowed(model, matters, 0.5, 0.5)
    assert (found.plan.heads, found.plan.attended, found.plan.inner) == (2, 16, 32)
    for name, layer in layers(found).items():
        assert layer.attention.output.in_features == 16, name
        assert layer.up.out_features == 32
    for before, after in zip(states(model, batches[0]), states(found, batches[0]), strict=True):
        torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)


def test_importance_is_what_the_loss_changes_by_to_first_order(make_model, ready):
    model = make_model(heads=4, inner=64).eval()
    (batch,) = ready(model, 1)
    (told,) = [v for n, v in pruning.importance(model, [batch]).items() if n.endswith("layers.1")]

    def loss(scale, neuron):
        other = copy.deepcopy(model)
        with torch.no_grad():
            other.encoder.parts[0].layers[1].down.weight[:, neuron] *= scale
            scores = other(batch)
        weights = {task: own.get("weight", 1.0) for task, own in model.plan.objectives.items()}
        return sum(weights[t] * s.loss.double() / batch.counts[t] for t, s in scores.items())

    neuron = int(told.argmax())
    step = 0.05
    slope = (loss(1 + step, neuron) - loss(1 - step, neuron)) / (2 * step)
    assert abs(slope) == pytest.approx(told[neuron].item(), rel=0.05)


def test_the_smallest_weights_of_all_layers_become_zero(make_model):
    model = make_model()
    before = copy.deepcopy(model)
    pruning.sparsified(model, 0.75)
    matrices = [
        (a.weight, b.weight)
        for a, b in zip(model.encoder.modules(), before.encoder.modules(), strict=True)
        if isinstance(a, torch.nn.Linear)
    ]
    now = torch.cat([a.flatten() for a, _ in matrices]).detach()
    was = torch.cat([b.flatten() for _, b in matrices]).detach()
    gone = now == 0
    assert gone.float().mean() == pytest.approx(0.75, abs=1e-3)
    assert was[gone].abs().max() <= was[~gone].abs().min()
    assert torch.equal(now[~gone], was[~gone])
    assert set(model.state_dict()) == set(before.state_dict())
    assert np.isfinite(now).all()
