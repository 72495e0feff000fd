"""What turns gradients into new weights: AdamW, its rates, the fp16 scaler, the moving average.

All of it that outlives a step is one state, kept with each checkpoint.
"""

import math
from typing import Any, cast

import torch
from torch import nn
from torch.distributed.tensor import DTensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from train import schedule
from train.depth import layers_above
from train.model import Model
from train.params import RunParams
from train.shared import Shared


class Updater:
    """Changes a model's weights by the gradients that a step left on them.

    Args:
        model: whose weights.
        optimizer: holds the weights in groups; a group's `scale` is its share of the rate.
        params: of the run.

    Attributes:
        optimizer: as given.
        averaged: the model to validate and to save: that of averaged weights, with `ema`.
    """

    def __init__(
        self, model: Model | Shared, optimizer: torch.optim.Optimizer, params: RunParams
    ) -> None:
        self._model, self.optimizer, self._steps = model, optimizer, params.steps
        self._schedule = schedule.of(model.plan, params)
        device = next(model.parameters()).device.type
        self._scaler = torch.amp.GradScaler(device, enabled=params.precision == "fp16")
        self._average = (
            AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(params.ema))
            if params.ema
            else None
        )
        self.averaged = cast(Model | Shared, self._average.module) if self._average else model

    def backward(self, loss: torch.Tensor) -> None:
        """Add a loss's gradients, scaled where fp16 would lose the small ones."""
        self._scaler.scale(loss).backward()

    def step(self, step: int) -> tuple[float, float]:
        """Clip, update, forget the gradients.

        Returns:
            The rate that step `step` had, and the gradients' norm before they were clipped; 0 where
            fp16 left the step out.
        """
        rate = self._schedule.rate * self._schedule.factor(step, self._steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        self._scaler.unscale_(self.optimizer)
        norm = _norm(nn.utils.clip_grad_norm_(self._model.parameters(), self._schedule.clip))
        left_out = self._scaler.is_enabled() and not math.isfinite(norm)
        self._scaler.step(self.optimizer)  # leaves out a step whose gradients overflowed
        self._scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self._average and not left_out:
            self._average.update_parameters(self._model)
        return rate, 0.0 if left_out else norm

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "average": self._average.state_dict() if self._average else {},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        if self._average:
            self._average.load_state_dict(state["average"])


def make_optimizer(model: Model | Shared, params: RunParams) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices alone, and rates that may fall with depth.

    With `layer_decay` d a layer that lies below n others learns at d^n of the rate, and the
    embeddings as if they were a layer below all (Clark et al., 2020: ELECTRA).
    """
    chosen = schedule.of(model.plan, params)
    above = layers_above(model) if params.layer_decay != 1 else {}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for prefix, module in model.named_modules():
        for name, weight in module.named_parameters(recurse=False):
            matrix = weight.ndim > 1 and not name.endswith("embedding")
            matrix &= not isinstance(module, nn.Embedding)
            scale = params.layer_decay ** above.get(f"{prefix}.{name}", 0)
            groups.setdefault((scale, matrix), []).append(weight)
    return torch.optim.AdamW(
        [
            {"params": weights, "scale": scale, "weight_decay": chosen.weight_decay * matrix}
            for (scale, matrix), weights in groups.items()
        ],
        lr=chosen.rate,
        betas=chosen.betas,
        eps=chosen.epsilon,
        fused=True,  # one pass over the weights, on a CPU too
    )


def _norm(total: torch.Tensor) -> float:
    """A norm as a number, of sharded weights too."""
    return float((total.full_tensor() if isinstance(total, DTensor) else total).item())
