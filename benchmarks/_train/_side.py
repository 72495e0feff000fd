"""The name of a side and of a model in; seconds of a training step by it out, as JSON.

    python -m benchmarks._train._side SIDE MODEL

A side runs in a process of its own, one thread, and counts the steps after the first few. Sides:
`ours` (this project's trainer), `turns` (it, as `turn`, and after each of its steps one of a loop
of its own over batches made before, as `bare`: of both the median step, so that what else the
machine does falls on both alike), `trainer` (Hugging Face's Trainer on our module, which draws the
pairs of a batch itself), `same` (it is given our batches), `stock` (its Trainer on its own model of
the same size), `loader` (the making of batches alone), `operations` (no seconds: how many a step
asks for).
"""

import copy
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks._train import _device, _hugging, _setting
from benchmarks._train._setting import BATCH, STEPS, WARM, Setting
from curate.stage import machine
from curate.stage.checkpoint import Checkpoints
from train import examine
from train.batch import Batch
from train.lesson import Lesson
from train.model import Model
from train.precision import autocast
from train.trainer import train
from train.updater import make_optimizer


def _ours(setting: Setting) -> dict[str, float]:
    marks = {}

    def log(step: int, _: dict[str, float]) -> None:
        marks[step] = _device.now()

    _trained(setting, log)
    return {"ours": (marks[WARM + STEPS] - marks[WARM]) / STEPS}


def _trained(setting: Setting, log: Callable[[int, dict[str, float]], None]) -> None:
    with tempfile.TemporaryDirectory() as held:
        lesson = Lesson(setting.model, setting.corpus, setting.words, setting.params, lambda *_: {})
        train(setting.model, [lesson], setting.params, Checkpoints("benchmark", Path(held)), log)


def _turns(setting: Setting) -> dict[str, float]:
    others = _bare(setting, copy.deepcopy(setting.model))
    took: dict[str, list[float]] = {"turn": [], "bare": []}
    begun = _device.now()

    def log(_: int, __: dict[str, float]) -> None:
        nonlocal begun
        took["turn"].append(_device.now() - begun)
        took["bare"].append(next(others))
        begun = _device.now()

    _trained(setting._replace(params=replace(setting.params, log=1)), log)
    return {side: median(seconds[WARM:]) for side, seconds in took.items()}


def ready(setting: Setting) -> Callable[[], Batch]:
    """What gives the next batch of the run each time."""
    coming = setting.batches.schedule()

    def following() -> Batch:
        return _made(setting, *next(coming))

    return following


def weighted(scores: dict[str, Any], setting: Setting, batch: Batch) -> Tensor:
    """The loss of a batch, as the trainer has it."""
    losses = [
        task.params.weight * scores[task.name].loss / max(1, batch.counts[task.name])
        for task in setting.tasks
    ]
    return torch.stack(losses).sum()


def _backward(setting: Setting, model: Model) -> Callable[[Batch], None]:
    """What leaves the gradients of a batch on a model, as the trainer does."""
    cast = autocast(machine.device(), setting.params.precision)

    def run(batch: Batch) -> None:
        on = batch.to(machine.device())
        with cast:
            loss = weighted(model(on), setting, on)
        loss.backward()

    return run


def _bare(setting: Setting, model: Model) -> Iterator[float]:
    """Seconds of each step of a loop that does what it must and no more."""
    following = ready(setting)
    made = [following() for _ in range(WARM + STEPS)]
    model.train()
    optimizer, backward = make_optimizer(model, setting.params), _backward(setting, model)
    for batch in made:
        started = _device.now()
        backward(batch)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        yield _device.now() - started


def _loader(setting: Setting) -> dict[str, float]:
    following = ready(setting)
    following()
    started = _device.now()
    for _ in range(STEPS):
        following()
    return {"loader": (_device.now() - started) / STEPS}


def _operations(setting: Setting) -> dict[str, float]:
    following, backward = ready(setting), _backward(setting, setting.model)
    made = [following() for _ in range(WARM + STEPS)]
    asked = [_device.operations(partial(backward, batch)) for batch in made[WARM:]]
    return {"operations": sum(asked) / STEPS}


class _Loss(torch.nn.Module):
    """Our model as Hugging Face's Trainer calls one."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting, self.model = setting, setting.model

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        on = batch.to(machine.device())
        return {"loss": weighted(self.model(on), self._setting, on)}


def _same(setting: Setting) -> dict[str, float]:
    batches = list(islice(setting.batches.schedule(), WARM + STEPS))
    took = _hugging.seconds(
        _Loss(setting), batches, lambda one: {"batch": _made(setting, *one[0])}, 1
    )
    return {"same": took}


def _trainer(setting: Setting) -> dict[str, float]:
    rows = _rows(setting)
    took = _hugging.seconds(
        _Loss(setting), rows, lambda some: {"batch": _made(setting, 0, np.array(some))}, BATCH
    )
    return {"trainer": took}


def _made(setting: Setting, epoch: int, rows: np.ndarray) -> Batch:
    todo, plan = setting.tasks, setting.model.plan
    return examine.ready(setting.batches, rows, plan, todo, setting.words, 0, epoch)


def _rows(setting: Setting) -> list[int]:
    """The pairs that our side learns from, one by one."""
    batches = islice(setting.batches.schedule(), WARM + STEPS)
    return [int(row) for _, rows in batches for row in rows]


def _stock(setting: Setting) -> dict[str, float]:
    model, collate = _hugging.stock(setting)
    return {"stock": _hugging.seconds(model, _rows(setting), collate, BATCH)}


SIDES = {
    "ours": _ours,
    "turns": _turns,
    "trainer": _trainer,
    "same": _same,
    "stock": _stock,
    "loader": _loader,
    "operations": _operations,
}


if __name__ == "__main__":
    side, name = sys.argv[1:]
    print(json.dumps(SIDES[side](_setting.of(name))))
