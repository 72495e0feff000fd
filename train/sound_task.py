"""What tasks on sound share: which pairs are heard, and what belongs to a sound."""

import torch
from torch import Tensor

from curate.dataset.errors import ParamsError
from train import draws
from train.batch import Batch
from train.notes.belongs import matrix, worded
from train.plan import Plan


def check(plan: Plan, task: str) -> None:
    """Refuse a task on sound to a plan that hears none.

    Raises:
        ParamsError: says what to change.
    """
    if not plan.sound:
        raise ParamsError(
            f"objectives.{task} hears spoken captions, and this model none; set `change: {{sound: "
            "true}` or leave the task out"
        )


def heard(batch: Batch) -> Tensor:
    """Which pairs' captions are spoken, `(B,)` bool."""
    return batch.notes["sound_frames"] > 0


def muted(batch: Batch) -> Tensor:
    """Which pairs' sounds are not read with words and picture, `(B,)` bool."""
    found = batch.notes.get("muted")
    return torch.zeros_like(batch.matched) if found is None else found


def mute(batch: Batch, share: float, *purpose: int | str) -> None:
    """Read a share of the pairs without their sound, as most pairs are.

    It is still contrasted and matched.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, 1, "muted", *purpose)[:, 0])
    batch.notes["muted"] = chance < share


def belongs(batch: Batch, side: str) -> Tensor:
    """Each sound (row) with each caption, or each picture (`side`: text, image), `(B, B)` int64.

    1: they belong together; 0: they do not; -1: it is unclear.
    """
    said = batch.notes["said"]
    return worded(said) if side == "text" else matrix(said, batch.notes["shown"])
