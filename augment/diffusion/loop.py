"""A model, what it is shown and its loss in; the running mean of its weights, and the losses, out.

Each part of a batch is computed by a thread of its own on one core and the gradients are summed
in the parts' order, so that neither the number of cores nor what else runs on them shows in the
weights. What a step shows follows from its number alone: a run that was killed goes on from its
checkpoint exactly as the unbroken one.
"""

import copy
import math
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from augment.diffusion.recipe import Training
from curate.dataset.errors import DataError
from curate.stage import cluster, machine
from curate.stage.checkpoint import Checkpoints

_LONGEST_GRADIENT = 1.0  # norm that gradients are cut to
_BETAS = (0.9, 0.99)
History = list[tuple[int, float]]
"""(steps done, mean loss of those since the last entry)."""


class Task(Protocol):
    """What a model is shown, and how wrong it is."""

    def batch(self, step: int, count: int) -> Sequence[Tensor]:
        """What is shown in a step: tensors of `count` rows on the processor."""

    def loss(self, model: Any, *part: Tensor) -> Tensor:
        """Mean over the rows of a part of a batch; beside other threads that do the same."""


def train(
    model: Any, task: Task, params: Training, checkpoints: Checkpoints, label: str
) -> tuple[Any, History]:
    """Train a model in place, from the last checkpoint where there is one.

    Returns:
        The model with the mean of its weights over the last steps, and the losses.

    Raises:
        DataError: a loss is not finite.
    """
    device = machine.device()
    model.to(device).train()
    both = nn.ModuleDict({"model": model, "mean": copy.deepcopy(model)})
    optimizer = torch.optim.AdamW(
        model.parameters(), params.rate, _BETAS, weight_decay=params.weight_decay
    )
    done, kept = checkpoints.restore(both, optimizer)
    history: History = [(step, values["loss"]) for step, values in kept]
    losses: list[float] = []
    threads = 1 if device.type == "cuda" else params.parts
    with (
        ThreadPoolExecutor(threads, initializer=_begin) as executor,
        cluster.progress(params.steps * params.batch, label, "pictures") as bar,
    ):
        bar.update(done * params.batch)
        for step in range(done, params.steps):
            for group in optimizer.param_groups:
                group["lr"] = params.rate * rate_share(step, params)
            cut = [value.chunk(threads) for value in task.batch(step, params.batch)]
            loss = _add_gradients(model, task, list(zip(*cut, strict=True)), params, executor)
            if not math.isfinite(loss):
                raise DataError(
                    f"{label}, step {step}: the loss is {loss}; a lower `rate` is the usual cure"
                )
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            _follow(both["mean"], model, min(params.average, (1 + step) / (10 + step)))
            losses.append(loss)
            now = step + 1
            if now % params.log == 0 or now == params.steps:
                history.append((now, sum(losses) / len(losses)))
                losses = []
            # where a mean has just been logged, so that resuming changes no entry
            if params.checkpoint and now % params.checkpoint == 0 and not losses:
                checkpoints.save(now, both, optimizer, [(at, {"loss": v}) for at, v in history])
            bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
            bar.update(params.batch)
    return both["mean"].eval().requires_grad_(False).cpu(), history


def rate_share(step: int, params: Training) -> float:
    """Share of the peak learning rate in a step: it rises, stays, and falls to 0 at the end."""
    rise, fall = params.warm_up * params.steps, params.decay * params.steps
    up = min(1.0, (step + 1) / rise) if rise else 1.0
    return up * (min(1.0, (params.steps - step) / fall) if fall else 1.0)


def _add_gradients(
    model: Any,
    task: Task,
    parts: Sequence[tuple[Tensor, ...]],
    params: Training,
    executor: Executor,
) -> float:
    """Leave the gradients of all parts with the weights; returns the loss."""
    weights = list(model.parameters())
    device = weights[0].device

    def gradients(part: tuple[Tensor, ...]) -> tuple[float, tuple[Tensor, ...]]:
        with machine.autocast(device, params.precision):
            loss = task.loss(model, *(value.to(device) for value in part))
        return loss.item(), torch.autograd.grad(loss, weights)

    total, count = 0.0, sum(len(part[0]) for part in parts)
    for part, (loss, found) in zip(parts, executor.map(gradients, parts), strict=True):
        share = len(part[0]) / count
        total += loss * share
        for weight, gradient in zip(weights, found, strict=True):
            scaled = gradient * share
            weight.grad = scaled if weight.grad is None else weight.grad.add_(scaled)
    nn.utils.clip_grad_norm_(weights, _LONGEST_GRADIENT)
    return total


def _follow(mean: nn.Module, model: nn.Module, kept: float) -> None:
    """Move the mean of the weights towards the weights."""
    with torch.no_grad():
        torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - kept)


def _begin() -> None:
    """Let a thread compute on one core, and take the smallest numbers for 0."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
