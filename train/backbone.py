"""A plan in, its convolutional network without what comes after the map out; weights for it.

The networks are timm's, by name: `resnet18`, `resnet50`, and whatever else gives maps that shrink
step by step. Nothing is downloaded. Batches are small where a model trains on a CPU, and of another
kind where it answers, so no statistics of a batch are ever used: what is trained from the start has
norms of groups of channels (Wu and He, 2018), and what comes with weights keeps the mean and
deviation that they were trained with, as detectors do.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from curate.dataset.errors import ParamsError, WeightsError
from train import weights
from train.plan import Plan

if TYPE_CHECKING:
    from train.model import Model

PART = "backbone"  # what is said to be copied
_GROUPS = 32  # of channels, at most
_NAMED = 3  # weights in a message


def make(plan: Plan) -> tuple[nn.Module, int]:
    """The network up to the map whose cells are `patch` pixels wide, and the map's channels.

    Raises:
        ParamsError: timm has no such network, or it has no such map.
    """
    import timm
    from timm.layers import freeze_batch_norm_2d

    sizes = _sizes(plan.backbone)
    if plan.patch not in sizes:
        raise ParamsError(
            f"patch: the maps of {plan.backbone} have cells of {', '.join(map(str, sizes))} "
            f"pixels, not {plan.patch}"
        )
    at = len(sizes) - 1 - sizes[::-1].index(plan.patch)
    network: Any = timm.create_model(plan.backbone, features_only=True, out_indices=(at,))
    channels = int(network.feature_info.channels()[0])
    if plan.backbone_norm == "fixed":
        network = freeze_batch_norm_2d(network)
    else:
        _group(network)
    network.requires_grad_(not plan.frozen)
    return network, channels


def give(model: "Model", stored: Mapping[str, Tensor], mean: Any, deviation: Any) -> list[str]:
    """Give a model's network its weights; what stored ones have beyond it is left.

    Args:
        model: of `visual: grid`.
        stored: by timm's names, which for ResNets are torchvision's.
        mean: of the pixels that the weights go with, of each colour.
        deviation: of these.

    Returns:
        The names of weights that are lacking or of another shape; where there are such, the model
        is left as it was.
    """
    vision: Any = model.vision
    own = vision.backbone.state_dict()
    lacking = [n for n, w in own.items() if n not in stored or stored[n].shape != w.shape]
    if not lacking:
        vision.backbone.load_state_dict({name: stored[name] for name in own})
        vision.pixel_mean.copy_(torch.tensor(mean)[:, None, None])
        vision.pixel_deviation.copy_(torch.tensor(deviation)[:, None, None])
    return lacking


def read(model: "Model", file: Path) -> list[str]:
    """Give a model's network the weights of a file: a state dict, `.safetensors` or `.pth`.

    Returns:
        The part that was copied.

    Raises:
        ParamsError: the model has no such network.
        WeightsError: there is no such file, or it does not fit.
    """
    import timm

    plan = model.plan
    if plan.visual != "grid":
        raise ParamsError(f"backbone: {file} is for visual: grid, not for visual: {plan.visual}")
    if plan.backbone_norm != "fixed":
        raise ParamsError(
            f"backbone: weights such as {file} go with their own norms; set `change: "
            "{backbone_norm: fixed}`, too"
        )
    told: Any = timm.get_pretrained_cfg(plan.backbone)
    if lacking := give(model, weights.read(file), told.mean, told.std):
        raise WeightsError(
            f"{file} does not fit {plan.backbone}: {', '.join(lacking[:_NAMED])}"
            f"{' and others' * (len(lacking) > _NAMED)} are lacking or of another shape; take a "
            "state dict of this network, by timm's names or, of a ResNet, torchvision's"
        )
    return [PART]


def check(plan: Plan, copied: list[str]) -> None:
    """Refuse a network that cannot learn, or keeps statistics, and was given no weights.

    Raises:
        ParamsError: says where weights may come from.
    """
    if plan.visual != "grid" or PART in copied:
        return
    if plan.frozen or plan.backbone_norm == "fixed":
        said = "frozen: true" if plan.frozen else "backbone_norm: fixed"
        raise ParamsError(
            f"{said} is for a {plan.backbone} that has learnt, and it was given no weights: name a "
            "file of them as `backbone`, or begin with `initial: layers` where it is the filter "
            "network's tower (and backbone_norm: fixed); what is trained from the start has "
            "`frozen: false, backbone_norm: group`"
        )


def _sizes(name: str) -> list[int]:
    """How many pixels wide the cells of a network's maps are, map by map."""
    import timm

    if not timm.is_model(name):
        raise ParamsError(
            f"backbone: timm has no network {name!r}, as resnet18 or resnet50 are; "
            "timm.list_models() names all"
        )
    told: Any = timm.get_pretrained_cfg(name)
    if told.fixed_input_size:
        raise ParamsError(
            f"backbone: {name} takes pictures of one size alone; take a convolutional network, "
            "such as resnet18, or read patches (`visual: patches`)"
        )
    try:
        with torch.device("meta"):
            network: Any = timm.create_model(name, features_only=True)
        return list(network.feature_info.reduction())
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise ParamsError(f"backbone: {name} gives no maps: {error}") from error


def _group(module: nn.Module) -> None:
    """Put norms of groups in the place of those of batches, all with the weights that they have."""
    for name, child in module.named_children():
        if not isinstance(child, nn.BatchNorm2d):
            _group(child)
            continue
        channels = child.num_features
        norm: nn.Module = nn.GroupNorm(math.gcd(_GROUPS, channels), channels)
        norm.load_state_dict({"weight": child.weight, "bias": child.bias})
        after = getattr(child, "act", None)  # timm's own have the activation in them
        setattr(module, name, norm if after is None else nn.Sequential(norm, after))
