"""What a model needs to match a caption and a picture, as arrays; and the model as its function.

A form of a model (`train/devices/forms/`) takes arrays by these names, so that it needs nothing of
ours where it runs.
"""

import dataclasses

import numpy as np
import torch
from torch import Tensor, nn

from curate.dataset.errors import ParamsError
from train.batch import Batch
from train.devices.forms import Inputs
from train.model import MATCHING, Model, make
from train.plan import Plan

_TAKEN = ("tokens", "features", "boxes", "regions", "pixels")


def of(batch: Batch) -> Inputs:
    """A batch as a form takes it."""
    found = {name: getattr(batch, name) for name in _TAKEN}
    return {name: value.numpy() for name, value in found.items() if value is not None}


def tensors(inputs: Inputs) -> tuple[Tensor, ...]:
    """The same in the order in which `Matching` takes it."""
    return tuple(torch.from_numpy(inputs[name]) for name in _TAKEN if name in inputs)


class Matching(nn.Module):
    """A model's log-odds of a match, `(B,)`, as a function of tensors.

    Args:
        model: that learnt to match.

    Raises:
        ParamsError: it did not, or it is told more of a caption than its words.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        check(model.plan, model.name)
        self.model = model

    def forward(
        self,
        tokens: Tensor,
        features: Tensor,
        boxes: Tensor,
        regions: Tensor,
        pixels: Tensor | None = None,
    ) -> Tensor:
        """Log-odds, `(B,)`; arguments are those of `Inputs`."""
        batch = Batch(
            keys=np.zeros(0, np.uint64),
            tokens=tokens,
            words=tokens != self.model.sizes.pad,
            features=features,
            boxes=boxes,
            regions=regions,
            hidden=torch.zeros_like(regions),
            labels=torch.full_like(regions, -1, dtype=torch.int64),
            matched=torch.ones_like(regions[:, 0]),
            maskable=torch.ones_like(regions[:, :2]),
            pixels=pixels,
        )
        return self.model.match(batch)


def alone(model: Model) -> Model:
    """The same model with the matching head as its only one.

    Raises:
        ParamsError: it did not learn to match, or is told more of a caption than its words.
    """
    check(model.plan, model.name)
    own = next(task for task in MATCHING if task in model.heads)
    plan = dataclasses.replace(model.plan, objectives={own: {}}, mix={}, late={})
    found = make(model.name, plan, model.sizes)
    found.load_state_dict({name: model.state_dict()[name] for name in found.state_dict()})
    return found.eval()


def check(plan: Plan, name: str) -> None:
    """Refuse what no form holds.

    Raises:
        ParamsError: says what.
    """
    if not {*MATCHING} & {*plan.objectives}:
        raise ParamsError(f"{name} has no task itm to match by; take another, such as imagebert")
    if told := [field for field in ("facts", "entities") if getattr(plan, field)]:
        raise ParamsError(
            f"{name} is told of the words it reads ({told[0]}: true), which no form for small "
            "devices holds; pretrain one without"
        )


def names(inputs: Inputs) -> list[str]:
    """The names of the arrays in the order of `tensors`."""
    return [name for name in _TAKEN if name in inputs]
