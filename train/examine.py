"""How well a model does its own pretraining tasks on a split: losses and accuracies by task."""

from collections import defaultdict
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch

from curate.stage.params import build
from train import masking, media_task
from train.batch import Batch
from train.batches import Batches
from train.chance import Chance
from train.mix import Mix
from train.model import Model, objective
from train.plan import Plan
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


def ready(
    batches: Batches,
    shown: np.ndarray,
    plan: Plan,
    todo: list[Task],
    words: Words,
    seed: int,
    epoch: int,
) -> Batch:
    """The batch of some showings as a plan and a step's tasks want it, with their targets."""
    batch = batches.make(epoch, shown, matching(todo), translating(todo))
    if plan.withheld:
        masking.withhold(batch, plan.withheld, seed, epoch)
    if plan.one_side:
        masking.choose_sides(batch, seed, epoch)
    media_task.ready(batch, plan, seed, epoch)
    return prepare(batch, todo, words, seed, epoch)


def matching(todo: list[Task]) -> bool:
    """Whether some task learns from pairs that do not match, so that a batch shall have such."""
    return any(getattr(task.module, "MATCHING", False) for task in todo)


def translating(todo: list[Task]) -> bool:
    """Whether some task learns from pairs that are told in two languages."""
    return any(hasattr(task.module, "share") for task in todo)


@torch.no_grad()
def figures(
    model: Model, batches: Batches, words: Words, pairs: int, seed: int, autocast: Any
) -> dict[str, dict[str, Any]]:
    """Each task's mean loss and figure (accuracy or cosine) on some pairs of a split.

    Args:
        model: is put into evaluation mode and back.
        batches: of the split.
        words: the tokenizer.
        pairs: how many pairs at most; the same ones each time.
        seed: fixes masks and negatives.
        autocast: context in which the model runs.

    Returns:
        task -> {"loss": ..., "accuracy" or "cosine": ..., "chance": ..., "targets": ...}; chance
        is that of the figure, where it is known, see `train/chance.py`, and "chance_loss" the loss
        of who says of all targets what is usual in training. Of a task with several
        kinds of targets also "kinds": kind -> {"accuracy", "chance", "targets"}.
    """
    todo = tasks(model.plan.objectives)
    device = next(model.parameters()).device
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    chances = {task.name: Chance(task.module) for task in todo}
    beside: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    was_training = model.training
    model.eval()
    for group in Mix(model.plan.mix, model.plan.objectives, seed).groups:
        some = [task for task in todo if task.name in group]
        for rows in batches.first(pairs):
            batch = ready(batches, rows, model.plan, some, words, seed, 0)
            for task in some:
                chances[task.name].add(batch)
            with autocast:
                scores = model(batch.to(device))
            for name, score in scores.items():
                part = (score.loss.item(), score.figure.item(), batch.counts[name])
                sums[name] = [a + b for a, b in zip(sums[name], part, strict=True)]
                for told, value in (("chance_loss", score.unseen), ("chance", score.by_chance)):
                    if value is not None:
                        beside[name][told] += value.item()
                if score.right is not None:
                    chances[name].judge(batch, score.right.cpu())
    model.train(was_training)
    found = {}
    for task in todo:
        loss, figure, number = sums[task.name]
        each = max(1.0, number)
        chance = chances[task.name].share(number)
        if chance is not None:
            beside[task.name]["chance"] = chance * each
        found[task.name] = {
            "loss": loss / each,
            task.module.FIGURE: figure / each,
            **{told: value / each for told, value in beside[task.name].items()},
            "targets": int(number),
            **chances[task.name].kinds(),
        }
    return found
