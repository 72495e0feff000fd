"""A model with zeros in; the same zeros through every step of the training that begins with it.

The loop of pretraining builds its own model and optimizer, so the weights are met where all
optimizers pass: in the hooks that torch calls around each step. Averages of weights are taken after
a step, and so of zeros as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from train.devices import pruning
from train.model import Model


@contextmanager
def held(model: Model) -> Iterator[None]:
    """Hold the zeros of a model's layers within a `with` block.

    Args:
        model: what the training begins with; each of its layers' matrices is known by its zeros.
    """
    wanted = [layer.weight.detach() != 0 for layer in pruning.matrices(model)]
    kept: list[tuple[Tensor, Tensor]] = []  # weights that are trained, and where they are not zero

    def find(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if kept:
            return
        for weight in (one for group in optimizer.param_groups for one in group["params"]):
            masks = (mask for mask in wanted if mask.shape == weight.shape)
            kept.extend(
                (weight, mask.to(weight.device))
                for mask in masks
                if torch.equal(weight.detach().cpu() != 0, mask)
            )

    @torch.no_grad()
    def clear(*_: Any) -> None:
        for weight, mask in kept:
            weight.mul_(mask)

    hooks = register_optimizer_step_pre_hook(find), register_optimizer_step_post_hook(clear)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
