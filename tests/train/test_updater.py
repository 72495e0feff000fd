import pytest
import torch

from train.model import make
from train.models import clip
from train.plan import Sizes
from train.recipe import Params
from train.updater import Updater, make_optimizer


def test_weight_decay_is_on_matrices_alone(make_model, run_params):
    model = make_model()
    groups = make_optimizer(model, run_params(weight_decay=0.1)).param_groups
    decayed = {id(p) for g in groups if g["weight_decay"] for p in g["params"]}
    names = {n for n, p in model.named_parameters() if id(p) in decayed}
    assert "encoder.parts.0.layers.0.up.weight" in names
    assert not [n for n in names if "bias" in n or "norm" in n or n.startswith("text.")]
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))


def test_the_projections_of_towers_decay_and_their_embeddings_do_not(run_params):
    plan = clip.plan(Params(change={"towers": {"config": "ViT-S-32-alt"}}))
    model = make("clip", plan, Sizes(50, 6, 4, pad=0, end=49))
    groups = make_optimizer(model, run_params(weight_decay=0.1)).param_groups
    decayed = {id(p) for g in groups if g["weight_decay"] for p in g["params"]}
    names = {n for n, p in model.named_parameters() if id(p) in decayed}
    assert {"encoder.visual.proj", "encoder.text.text_projection"} <= names
    assert "encoder.visual.conv1.weight" in names
    assert not [n for n in names if "embedding" in n or "bias" in n or "ln_" in n]


def test_rates_fall_with_each_layer_below_the_heads(make_model, run_params):
    model = make_model(streams="joint 3")
    groups = make_optimizer(model, run_params(layer_decay=0.5)).param_groups
    scales = {id(weight): group["scale"] for group in groups for weight in group["params"]}
    of = {name: scales[id(weight)] for name, weight in model.named_parameters()}
    layers = [of[f"encoder.parts.0.layers.{layer}.up.weight"] for layer in range(3)]
    assert layers == [0.25, 0.5, 1.0]
    assert of["text.word.weight"] == 0.125
    assert of["encoder.parts.0.final.weight"] == of["heads.itm.match.bias"] == 1.0
    assert len(of) == len(list(model.parameters()))


def test_the_optimizer_is_what_the_plan_says_but_for_what_the_run_sets(make_model, run_params):
    paper = {"rate": 5e-5, "betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.1}
    model = make_model(schedule=paper)
    found = make_optimizer(model, run_params(rate=None, weight_decay=0.3))
    assert (found.defaults["lr"], found.defaults["betas"]) == (5e-5, (0.9, 0.999))
    assert found.defaults["eps"] == 1e-8
    assert {group["weight_decay"] for group in found.param_groups} == {0.0, 0.3}


def some_step(updater, model, step):
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, 0.01 * (step + 1))
    return updater.step(step)[0]


def test_a_group_learns_at_its_share_of_the_rate(make_model, run_params):
    params = run_params(layer_decay=0.5, rate=0.01, warm_up=0.0)
    model = make_model()
    optimizer = make_optimizer(model, params)
    assert some_step(Updater(model, optimizer, params), model, 3) == pytest.approx(0.006)
    scales = [group["scale"] for group in optimizer.param_groups]
    assert set(scales) == {0.25, 0.5, 1.0}
    rates = [group["lr"] for group in optimizer.param_groups]
    assert rates == pytest.approx([0.006 * scale for scale in scales])


def test_averaged_weights_are_the_exponential_mean_of_the_steps(make_model, run_params):
    params = run_params(ema=0.9)
    model = make_model()
    updater = Updater(model, make_optimizer(model, params), params)
    wanted = None
    for step in range(4):
        some_step(updater, model, step)
        now = model.text.word.weight.detach().clone()
        wanted = now if wanted is None else 0.9 * wanted + 0.1 * now
    assert torch.allclose(updater.averaged.text.word.weight, wanted, atol=1e-7)
    assert not torch.allclose(updater.averaged.text.word.weight, model.text.word.weight, atol=1e-5)


def test_a_step_that_fp16_leaves_out_is_in_no_average(make_model, run_params):
    params = run_params(ema=0.9, precision="fp16")
    model = make_model()
    updater = Updater(model, make_optimizer(model, params), params)
    for step in range(2):
        updater.backward(model.text.word.weight.square().sum())
        updater.step(step)
    before = updater.averaged.text.word.weight.clone()
    assert not torch.equal(before, model.text.word.weight)
    updater.backward(model.text.word.weight.sum() * 1e38)
    assert updater.step(2)[1] == 0.0
    assert torch.equal(updater.averaged.text.word.weight, before)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_gradients_are_clipped_to_the_norm_that_is_asked(make_model, run_params, precision):
    moved = []
    for most, scale in ((0.5, 1.0), (0.5, 100.0), (1e9, 100.0)):
        params = run_params(precision=precision, clip=most, rate=0.1, warm_up=0.0)
        model = make_model()
        before = model.text.word.weight.detach().clone()
        updater = Updater(model, torch.optim.SGD(model.parameters(), lr=0.1), params)
        updater.backward(scale * model.text.word.weight.sum())
        norm = updater.step(0)[1]
        moved.append(float((model.text.word.weight.detach() - before).norm()))
        assert norm == pytest.approx(scale * before.numel() ** 0.5, rel=1e-4)
    assert moved[0] == pytest.approx(0.1 * 0.5, rel=1e-3)
    assert moved[1] == pytest.approx(0.1 * 0.5, rel=1e-3)
    assert moved[2] == pytest.approx(0.1 * norm, rel=1e-3)


def test_a_state_brings_back_averages_and_scale_to_the_bit(make_model, run_params):
    params = run_params(ema=0.9, precision="fp16")
    updated = []
    for restored in (False, True):
        model = make_model()
        updater = Updater(model, make_optimizer(model, params), params)
        for step in range(2):
            updater.backward(model.text.word.weight.square().sum())
            some_step(updater, model, step)
        if restored:
            state, weights = updater.state_dict(), model.state_dict()
            model = make_model()
            model.load_state_dict(weights)
            updater = Updater(model, make_optimizer(model, params), params)
            updater.load_state_dict(state)
        updater.backward(model.text.word.weight.square().sum())
        some_step(updater, model, 2)
        updated.append((model.state_dict(), updater.averaged.state_dict()))
    for one, two in zip(*updated, strict=True):
        assert all(torch.equal(one[name], two[name]) for name in one)


def test_fp16_leaves_out_a_step_whose_gradients_overflow_and_takes_a_lower_scale(
    make_model, run_params
):
    params = run_params(precision="fp16")
    model = make_model()
    updater = Updater(model, make_optimizer(model, params), params)
    before, scale = model.text.word.weight.detach().clone(), updater.state_dict()["scaler"]["scale"]
    updater.backward(model.text.word.weight.sum() * 1e38)
    assert updater.step(0)[1] == 0.0
    assert torch.equal(model.text.word.weight, before)
    assert updater.state_dict()["scaler"]["scale"] == scale / 2
    updater.backward(model.text.word.weight.sum())
    updater.step(1)
    assert not torch.equal(model.text.word.weight, before)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_norm_is_that_of_the_gradients_before_scaling_and_clipping(
    make_model, run_params, precision
):
    params = run_params(precision=precision, clip=0.5)
    model = make_model()
    updater = Updater(model, make_optimizer(model, params), params)
    updater.backward(3 * model.text.word.weight.sum())
    number = model.text.word.weight.numel()
    assert updater.step(0)[1] == pytest.approx(3 * number**0.5, rel=1e-5)


def test_without_fp16_nothing_is_scaled(make_model, run_params):
    model = make_model()
    updater = Updater(model, make_optimizer(model, run_params()), run_params())
    updater.backward(model.text.word.weight.sum())
    assert torch.equal(model.text.word.weight.grad, torch.ones_like(model.text.word.weight))
