import dataclasses

import pytest
import timm
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from train import masking, tuning
from train.depth import layers_above
from train.model import Model
from train.models import imagebert
from train.params import PretrainParams
from train.updater import make_optimizer

READ = {"visual": "grid", "pixels": 32, "patch": 8, "backbone": "test_resnet"}
NO_REGIONS = {"moc": None, "mrfr": None, "mrckl": None}


def batch():
    """Pairs of `peers.batch` with pixels and boxes that have an area."""
    some = peers.batch()
    some.pixels = torch.rand(4, 3, 32, 32)
    corner = torch.rand(4, 5, 2) / 2
    some.boxes = torch.cat([corner, corner + 0.2 + 0.3 * torch.rand(4, 5, 2)], -1)
    return some


def model(module=imagebert, streams="joint 1", objectives=NO_REGIONS, **changed):
    change = {**peers.SMALL, **READ, "streams": streams, **changed}
    plan = module.plan(module.Params(change=change, objectives=objectives))
    torch.manual_seed(0)
    return peers.perturbed(Model(module.RECIPE.name, plan, peers.SIZES).eval())


def test_tokens_are_the_projected_cells_of_the_networks_map_row_by_row():
    ours, some = model(backbone_norm="fixed", norm="pre"), batch()
    theirs = timm.create_model("test_resnet", features_only=True).eval()
    theirs.load_state_dict(ours.vision.backbone.state_dict(), strict=False)
    (cells,) = [one for one in theirs((some.pixels - 0.5) / 0.5) if one.shape[2] == 4]
    wanted = cells.permute(0, 2, 3, 1).flatten(1, 2) @ ours.vision.project.weight.T
    wanted += ours.vision.project.bias + ours.vision.place.weight[1:] + ours.vision.segment
    _, found, there = ours.vision.embed(ours.text, some)
    torch.testing.assert_close(found[:, 1:], wanted)
    assert found.shape == (4, 17, 24)
    assert there.all()


@peers.OF_PIXELS
def test_every_model_reads_a_grid_and_pixels_count(module, streams):
    ours, some = model(module, streams, {**NO_REGIONS, "itm": {}}), batch()
    peers.assert_pixels_count(ours, some, ((0, 0), (15, 17), (31, 31)))


def test_a_pair_is_read_alike_whatever_stands_beside_it_in_training_and_out_of_it():
    ours, some = model(objectives={**NO_REGIONS, "itm": {}}), batch()
    before = ours.match(some)
    other = dataclasses.replace(
        some, pixels=some.pixels * torch.tensor([1, 1, 0, 0.5])[:, None, None, None]
    )
    torch.testing.assert_close(ours.match(other)[:2], before[:2])
    torch.testing.assert_close(ours.train().match(some), before)


def test_pixels_of_a_hidden_region_show_nowhere_where_they_are_to_be_zeroed():
    tasks = {"moc": {}, "mrfr": None}
    ours, some = model(objectives=tasks, hide_pixels=True), batch()
    some.boxes[2, 1] = torch.tensor([0.2, 0.3, 0.55, 0.8])  # the hidden one
    before = ours.states(some)
    changed = some.pixels.clone()
    changed[2, :, 9:26, 6:18] += 1.0  # what its box touches
    after = ours.states(dataclasses.replace(some, pixels=changed))
    assert torch.equal(before.vision, after.vision)
    changed[2, :, 8, 7] += 1.0
    beside = ours.states(dataclasses.replace(some, pixels=changed))
    assert not torch.equal(before.vision[2], beside.vision[2])


def test_a_frozen_network_gets_no_gradient_and_stays_as_it_is():
    ours, some = model(objectives={**NO_REGIONS, "mlm": None, "itm": {}}, frozen=True), batch()
    before = {n: w.clone() for n, w in ours.vision.backbone.state_dict().items()}
    params = PretrainParams(model={}, steps=1, batch=4, rate=1e-2, layer_decay=0.5)
    optimizer = make_optimizer(ours, params)
    F.softplus(ours.match(some)).sum().backward()
    assert all(weight.grad is None for weight in ours.vision.backbone.parameters())
    assert ours.vision.project.weight.grad.abs().sum() > 0
    optimizer.step()
    after = ours.vision.backbone.state_dict()
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
    learnt = model(objectives={**NO_REGIONS, "mlm": None, "itm": {}})
    F.softplus(learnt.match(some)).sum().backward()
    assert all(weight.grad is not None for weight in learnt.vision.backbone.parameters())


def test_rates_fall_with_depth_down_to_the_network():
    above = layers_above(model(streams="joint 3"))
    deepest = {n for n, number in above.items() if number == 3}
    assert {n for n in above if n.startswith("vision.")} <= deepest
    assert above["encoder.parts.0.layers.2.up.weight"] == 0


def test_as_many_cells_as_wished_are_read_each_time_others():
    some = batch()
    masking.sample(some, 5, 16, 0, 0)
    first = some.cells
    assert first.sum(1).tolist() == [5] * 4
    masking.sample(some, 5, 16, 0, 0)
    assert torch.equal(some.cells, first)
    masking.sample(some, 5, 16, 0, 1)
    assert not torch.equal(some.cells, first)


def test_cells_that_are_not_sampled_show_nowhere():
    ours, some = model(objectives={**NO_REGIONS, "itm": {}}), batch()
    some.cells = torch.zeros(4, 16, dtype=torch.bool)
    some.cells[:, 5] = True
    some.boxes[0, 0] = torch.tensor([0.25, 0.25, 0.75, 0.5])  # cells 5 and 6
    _, _, there = ours.vision.embed(ours.text, some)
    assert there.nonzero()[:, 1].reshape(4, 2).tolist() == [[0, 6]] * 4
    hidden = torch.randn(4, 17, 24)
    found = ours.vision.regions(hidden, some)
    torch.testing.assert_close(found[0, 0], hidden[0, 6])
    some.boxes[0, 0] = torch.tensor([0.75, 0.75, 1.0, 1.0])
    assert not ours.vision.regions(hidden, some)[0, 0].any()


def test_a_task_reads_all_cells_again():
    plan = model(sampled=5).plan
    assert plan.sampled == 5
    assert tuning.planned(plan, {"itm": {}}, {}).sampled == 0


@pytest.mark.parametrize(
    ("changed", "objectives", "message"),
    [
        ({"backbone": ""}, NO_REGIONS, "visual: grid with backbone that is none.*such as resnet18"),
        ({"visual": "sum", "pixels": 0, "patch": 0}, NO_REGIONS, "visual: sum with backbone test_"),
        ({"backbone": "resnet81"}, NO_REGIONS, "timm has no network 'resnet81'"),
        ({"backbone": "vit_tiny_patch16_224"}, NO_REGIONS, "pictures of one size alone.*patches"),
        ({"patch": 1}, NO_REGIONS, r"maps of test_resnet have cells of 2, 4, 8, \d+.* not 1"),
        ({"pixels": 33}, NO_REGIONS, "visual: grid needs pixels that are a multiple of patch"),
        ({}, {}, r"visual: grid shows what moc, mrfr would predict"),
        ({"hide_pixels": True, "sampled": 3}, {}, "sampled: 3 leaves out cells that moc, mrfr"),
    ],
)
def test_what_no_grid_can_be_is_refused_in_words(changed, objectives, message):
    with pytest.raises(ParamsError, match=message):
        model(objectives=objectives, **changed)
