"""What tasks on a medium share: which pairs have it, are read with it, and what belongs to it."""

import torch
from torch import Tensor

from curate.dataset.errors import ParamsError
from train import draws
from train.batch import Batch
from train.media import MEDIA
from train.notes.belongs import matrix, worded
from train.plan import Plan

OF = {"text": "said", "image": "shown"} | {name: kind.OF for name, kind in MEDIA.items()}
"""What each kind belongs to: `said`, a caption, or `shown`, a picture."""


def check(plan: Plan, task: str, *media: str) -> None:
    """Refuse a task on some media to a plan that lacks one.

    Raises:
        ParamsError: says what to change.
    """
    for name in media:
        if not getattr(plan, name):
            raise ParamsError(
                f"objectives.{task} is for a model that {MEDIA[name].DOES}; set `change: "
                f"{{{name}: true}}` or leave the task out"
            )


def has(batch: Batch, side: str) -> Tensor:
    """Which pairs have a medium, or words, or a picture, `(B,)` bool."""
    return batch.notes[f"{side}_frames"] > 0 if side in MEDIA else torch.ones_like(batch.matched)


def muted(batch: Batch, medium: str) -> Tensor:
    """Which pairs are read without a medium that they have, `(B,)` bool."""
    found = batch.notes.get(f"{medium}_muted")
    return torch.zeros_like(batch.matched) if found is None else found


def ready(batch: Batch, plan: Plan, *purpose: int | str) -> None:
    """Distort a share of the pairs in each medium, and read a share without it, as most pairs are.

    It is still contrasted and matched. Each medium is left out by itself.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, len(MEDIA), "muted", *purpose))
    for place, (name, kind) in enumerate(MEDIA.items()):
        if name in batch.notes:
            batch.notes[f"{name}_muted"] = chance[:, place] < plan.muted
            kind.distort(batch, getattr(plan, kind.DISTORTED), *purpose)


def belongs(batch: Batch, medium: str, side: str) -> Tensor:
    """A medium of each pair (row) with each caption, picture or other medium, `(B, B)` int64.

    Args:
        batch: has the notes of `belongs`.
        medium: of the rows.
        side: of the columns: `text`, `image` or a medium.

    Returns:
        1: they belong together; 0: they do not; -1: it is unclear, or one of them is not there.
    """
    one, other = OF[medium], OF[side]
    if one == other:
        marks = batch.notes[one]
        found = worded(marks) if one == "said" else matrix(marks, marks)
    else:
        found = matrix(batch.notes["said"], batch.notes["shown"])
        found = found if one == "said" else found.T
    there = has(batch, medium)[:, None] & has(batch, side)
    return found.masked_fill(~there, -1)
