"""How well a model does its own pretraining tasks on a split: losses and accuracies by task."""

from collections import defaultdict
from types import ModuleType
from typing import Any, NamedTuple

import torch

from curate.stage.params import build
from train.batches import Batch, Batches
from train.model import Model, objective
from train.text import Words


class Task(NamedTuple):
    """A pretraining task: its name, its file in `train/objectives/`, its parameters."""

    name: str
    module: ModuleType
    params: Any


def tasks(objectives: dict[str, dict[str, Any]]) -> list[Task]:
    """The tasks of a plan, in its order."""
    return [
        Task(name, objective(name), build(objective(name).Params, values, f"objectives.{name}"))
        for name, values in objectives.items()
    ]


def prepare(batch: Batch, todo: list[Task], words: Words, seed: int, epoch: int) -> Batch:
    """Let each task corrupt a batch and set its targets."""
    for task in todo:
        task.module.prepare(batch, words, task.params, seed, epoch)
    return batch


@torch.no_grad()
def figures(
    model: Model, batches: Batches, words: Words, pairs: int, seed: int, autocast: Any
) -> dict[str, dict[str, float]]:
    """Each task's mean loss and figure (accuracy or cosine) on some pairs of a split.

    Args:
        model: is put into evaluation mode and back.
        batches: of the split.
        words: the tokenizer.
        pairs: how many pairs at most; the same ones each time.
        seed: fixes masks and negatives.
        autocast: context in which the model runs.

    Returns:
        task -> {"loss": ..., "accuracy" or "cosine": ..., "targets": ...}.
    """
    todo = tasks(model.plan.objectives)
    device = next(model.parameters()).device
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    was_training = model.training
    model.eval()
    for rows in batches.first(pairs):
        batch = prepare(batches.make(0, rows), todo, words, seed, 0)
        with autocast:
            scores = model(batch.to(device))
        for name, score in scores.items():
            part = (score.loss.item(), score.figure.item(), batch.counts[name])
            sums[name] = [a + b for a, b in zip(sums[name], part, strict=True)]
    model.train(was_training)
    found = {}
    for task in todo:
        loss, figure, number = sums[task.name]
        each = max(1.0, number)
        found[task.name] = {
            "loss": loss / each,
            task.module.FIGURE: figure / each,
            "targets": int(number),
        }
    return found
