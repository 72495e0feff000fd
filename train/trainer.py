"""The training loop: a model, batches and a schedule in; a trained model and its curves out.

One loop for every plan. A step sums the gradients of `accumulate` batches, each task's loss
divided by its targets in the whole step, so that accumulating leaves loss and update as one large
batch would give them. Nothing random outlives a step, so a run resumed from a checkpoint goes on
exactly as the unbroken one.
"""

import contextlib
import math
from collections.abc import Callable
from itertools import islice
from typing import Any

import torch
from torch import nn

from curate.dataset.errors import DataError
from curate.stage.checkpoint import Checkpoints
from curate.stage.cluster import progress
from curate.stage.machine import autocast
from train import draws, examine
from train.batches import Batch, Batches
from train.corpus import Corpus
from train.model import Model
from train.params import PretrainParams
from train.text import Words

History = list[tuple[int, dict[str, float]]]
"""Logged values: (steps done, name -> value)."""


def train(
    model: Model,
    corpus: Corpus,
    words: Words,
    params: PretrainParams,
    checkpoints: Checkpoints,
    validate: Callable[[Model, contextlib.AbstractContextManager[Any]], dict[str, float]],
    log: Callable[[int, dict[str, float]], None],
) -> History:
    """Train for `params.steps` steps, from the last checkpoint where there is one.

    Args:
        model: is changed in place.
        corpus: the training split.
        words: the tokenizer.
        params: the run.
        checkpoints: of this run.
        validate: figures of the model as it is.
        log: takes (steps done, values); on resuming it first gets all that was logged before.

    Raises:
        DataError: a loss is not finite; names the step and its pairs.
    """
    todo = examine.tasks(model.plan.objectives)
    batches = Batches(corpus, words, params.batch, params.seed, params.sampling)
    optimizer = make_optimizer(model, params)
    done, history = checkpoints.restore(model, optimizer)
    for step, values in history:
        log(step, values)
    cast = autocast(next(model.parameters()).device, params.precision)
    rows = islice(batches.schedule(), done * params.accumulate, None)
    model.train()
    with progress(params.steps, f"pretraining {model.name}", "steps") as bar:
        bar.update(done)
        for step in range(done, params.steps):
            chosen = list(islice(rows, params.accumulate))
            parts = [
                examine.prepare(batches.make(epoch, row), todo, words, params.seed, epoch)
                for epoch, row in chosen
            ]
            for group in optimizer.param_groups:
                group["lr"] = params.rate * rate_factor(step, params)
            values = update(model, optimizer, parts, todo, params, step)
            if not math.isfinite(values["loss"]):
                raise DataError(
                    f"step {step}: the loss is {values['loss']}; among its pairs are "
                    f"{', '.join(corpus.uids[row] for row in chosen[0][1][:5])}; "
                    "a lower `rate` is the usual cure"
                )
            now, last = step + 1, step + 1 == params.steps
            logged = (
                dict(values, rate=optimizer.param_groups[0]["lr"]) if _at(now, params.log) else {}
            )
            if _at(now, params.validate) or last:
                logged |= {f"validation/{k}": v for k, v in validate(model, cast).items()}
            if logged:
                history.append((now, logged))
                log(now, logged)
            if _at(now, params.checkpoint) and not last:
                checkpoints.save(now, model, optimizer, history)
            bar.set_postfix_str(f"loss {values['loss']:.3f}", refresh=False)
            bar.update()
    return history


def update(
    model: Model,
    optimizer: torch.optim.Optimizer,
    parts: list[Batch],
    todo: list[examine.Task],
    params: PretrainParams,
    step: int,
) -> dict[str, float]:
    """One optimizer step over one or more batches.

    Returns:
        The weighted loss, and each task's mean loss and figure before the update.
    """
    device = next(model.parameters()).device
    cast = autocast(device, params.precision)
    counts = {t.name: max(1, sum(part.counts[t.name] for part in parts)) for t in todo}
    sums = {t.name: [0.0, 0.0] for t in todo}
    for index, part in enumerate(parts):
        torch.manual_seed(draws.number(params.seed, "dropout", step, index))
        with cast:
            scores = model(part.to(device))
        total = sum(t.params.weight * scores[t.name].loss / counts[t.name] for t in todo)
        total.backward()
        for name, score in scores.items():
            sums[name][0] += score.loss.item()
            sums[name][1] += score.figure.item()
    nn.utils.clip_grad_norm_(model.parameters(), params.clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    values = {"loss": sum(t.params.weight * sums[t.name][0] / counts[t.name] for t in todo)}
    for t in todo:
        values[f"{t.name}/loss"] = sums[t.name][0] / counts[t.name]
        values[f"{t.name}/{t.module.FIGURE}"] = sums[t.name][1] / counts[t.name]
    return values


def make_optimizer(model: nn.Module, params: PretrainParams) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices alone."""
    plain: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for module in model.modules():
        for name, weight in module.named_parameters(recurse=False):
            matrix = isinstance(module, nn.Linear) and name == "weight"
            (decayed if matrix else plain).append(weight)
    groups = [
        {"params": decayed, "weight_decay": params.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=params.rate, betas=(0.9, 0.98), eps=1e-6)


def rate_factor(step: int, params: PretrainParams) -> float:
    """Share of the peak learning rate in a step: linear up, then linear or cosine down to 0."""
    warm = max(1, round(params.warm_up * params.steps))
    if step < warm:
        return (step + 1) / warm
    left = (params.steps - step) / max(1, params.steps - warm)
    return left if params.decay == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)


def _at(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
