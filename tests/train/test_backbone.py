from pathlib import Path

import open_clip
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from curate.dataset.errors import ParamsError, WeightsError
from curate.stage import checkpoint
from train import backbone, initial, pretrain
from train.model import load

READ = {"visual": "grid", "pixels": 32, "patch": 8, "backbone": "test_resnet"}
TASKS = {"moc": None, "mrfr": None}


@pytest.fixture
def grid(make_model):
    """Makes a model of a grid, with nothing of the filter network's."""

    def make(initialise="none", **changed):
        return make_model(initialise, objectives=TASKS, **{**READ, **changed})

    return make


def stored():
    """Weights of a whole classifier, of which a grid needs a part."""
    torch.manual_seed(1)
    network = timm.create_model("test_resnet", num_classes=7)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(1, 2)
    return network.state_dict()


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth"])
def test_a_file_gives_the_network_its_weights_and_the_colours_that_it_knows(grid, tmp_path, name):
    file, wanted = tmp_path / name, stored()
    if file.suffix == ".pth":
        torch.save(wanted, file)
    else:
        save_file(wanted, file)
    model = grid(backbone_norm="fixed")
    assert backbone.read(model, file) == ["backbone"]
    for key, weight in model.vision.backbone.state_dict().items():
        assert torch.equal(weight, wanted[key])
    told = timm.get_pretrained_cfg("test_resnet")
    torch.testing.assert_close(model.vision.pixel_mean.flatten(), torch.tensor(told.mean))
    torch.testing.assert_close(model.vision.pixel_deviation.flatten(), torch.tensor(told.std))


def test_the_filter_networks_tower_is_taken_where_the_grid_is_its_own(grid, pairs, small):
    model = grid(backbone_norm="fixed")
    assert "backbone" in initial.start(model, pairs.regions, small.network, "layers")
    clip, _ = open_clip.create_model_from_pretrained(f"local-dir:{small.network}")
    given = clip.visual.trunk.state_dict()
    for key, weight in model.vision.backbone.state_dict().items():
        assert torch.equal(weight, given[key])
    assert model.vision.pixel_deviation.flatten().tolist() == pytest.approx([0.3] * 3)
    for other in ({"backbone_norm": "group"}, {"backbone": "resnet18"}):
        fresh = grid(**{"backbone_norm": "fixed", **other})
        assert "backbone" not in initial.start(fresh, pairs.regions, small.network, "layers")


def test_what_is_trained_from_the_start_has_norms_of_groups_with_the_same_weights():
    plan = type("Plan", (), {**READ, "backbone_norm": "group", "frozen": False})
    for name, patch in (("resnet18", 16), ("regnetx_002", 16)):
        plan.backbone, plan.patch = name, patch
        network, channels = backbone.make(plan)
        kinds = {type(module) for module in network.modules()}
        assert nn.GroupNorm in kinds
        assert not any(issubclass(kind, nn.BatchNorm2d) for kind in kinds)
        torch.manual_seed(0)
        (cells,) = network(torch.rand(2, 3, 64, 64))
        assert cells.shape == (2, channels, 4, 4)
        assert cells.std() > 0


def test_weights_that_do_not_fit_are_named(grid, tmp_path):
    lacking = stored()
    del lacking["conv1.0.weight" if "conv1.0.weight" in lacking else "conv1.weight"]
    save_file(lacking, tmp_path / "lacking.safetensors")
    with pytest.raises(WeightsError, match=r"does not fit test_resnet: conv1.*are lacking or of"):
        backbone.read(grid(backbone_norm="fixed"), tmp_path / "lacking.safetensors")
    torch.save({"epoch": 3, "state_dict": lacking}, tmp_path / "more.pth")
    with pytest.raises(WeightsError, match=r"more than tensors by name"):
        backbone.read(grid(backbone_norm="fixed"), tmp_path / "more.pth")
    with pytest.raises(WeightsError, match=r"none.pth \(no file\)"):
        backbone.read(grid(backbone_norm="fixed"), tmp_path / "none.pth")
    with pytest.raises(ParamsError, match=r"set `change: \{backbone_norm: fixed\}`"):
        backbone.read(grid(), tmp_path / "none.pth")


@pytest.mark.parametrize("change", [{"frozen": True}, {"backbone_norm": "fixed"}])
def test_a_run_with_a_network_that_learnt_nothing_and_cannot_is_refused(
    small, project, run_params, change
):
    params = run_params(model={"size": "tiny", "change": {**READ, **change}, "objectives": TASKS})
    with pytest.raises(ParamsError, match=f"{next(iter(change))}.*it was given no weights"):
        pretrain.main(
            "imagebert", small.snapshot, small.labels, small.network, Path("o"), Path("l"), params
        )


def test_a_run_learns_with_a_frozen_network_of_a_file_and_goes_on_where_it_was_killed(
    small, project, run_params, tmp_path, monkeypatch
):
    save_file(stored(), "weights.safetensors")
    change = {**READ, "backbone_norm": "fixed", "frozen": True, "sampled": 6}
    change |= {"streams": "joint 1", "width": 32, "heads": 4, "inner": 64, "text_tokens": 12}
    model = {"size": "tiny", "change": change, "objectives": TASKS}
    params = run_params(model=model, backbone="weights.safetensors", initial="layers")
    places = (small.snapshot, small.labels, small.network)
    whole = pretrain.main("imagebert", *places, Path("whole"), Path("l"), params)
    assert "backbone" in whole["initialised"]
    weights = load(Path("whole")).state_dict()
    for key, weight in stored().items():
        if f"vision.backbone.{key}" in weights:
            assert torch.equal(weights[f"vision.backbone.{key}"], weight)

    save, last = checkpoint.Checkpoints.save, {}

    def save_and_die(self, step, *rest):
        save(self, step, *rest)
        last["step"] = step
        if step == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "save", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            pretrain.main("imagebert", *places, Path("again"), Path("l"), params)
    assert last == {"step": 4}
    pretrain.main("imagebert", *places, Path("again"), Path("l"), params)
    again = load(Path("again")).state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in weights.items())
