"""Matching of sounds: is this what the caption says, is this what the picture shows?

Each sound is read with its caption alone and with its picture alone, and with a wrong one of the
batch each, drawn among those that do not belong to it: the same words by another voice, and other
languages' words of the same picture, are no wrong ones. Read is the state of the whole sound.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import draws, sound_task
from train.batch import Batch
from train.objectives import Score, States
from train.plan import Plan, Sizes
from train.ranges import Least0, Share
from train.text import Words

FIGURE = "accuracy"
PARTED = True  # it reads no states of all senses together
Side = Literal["text", "image"]
SIDES: tuple[Side, ...] = ("text", "image")


@parameters
class Params:
    """Matching of sounds with captions and pictures."""

    weight: Least0 = 1.0  # factor of the loss
    across: tuple[Side, ...] = SIDES  # what sounds are read with
    share: Share = 1.0  # of the sounds that are read so, 0-1


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The sounds, and which captions belong to which pictures."""
    return ("belongs", "sound")


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(H,)`: 1.0 for a match, 0.0 for none; the note `sound_pairs` says of what."""
    chance = torch.from_numpy(draws.uniform(batch.keys, 3, "sound match", *purpose))
    taken = sound_task.heard(batch) & (chance[:, 0] < params.share)
    pairs, targets = [], []
    for kind, side in enumerate(SIDES):
        if side not in params.across:
            continue
        belongs = sound_task.belongs(batch, side)
        own = torch.nonzero(taken & (belongs.diagonal() == 1)).squeeze(1)
        wrong = (belongs == 0) & taken[:, None]
        rows = torch.nonzero(wrong.any(1)).squeeze(1)
        at = (chance[rows, 1 + kind] * wrong[rows].sum(1)).long()
        other = (wrong[rows].cumsum(1) > at[:, None]).int().argmax(1)
        for sound, beside, target in ((own, own, 1.0), (rows, other, 0.0)):
            pairs.append(torch.stack([torch.full_like(sound, kind), sound, beside], 1))
            targets.append(torch.full((len(sound),), target))
    batch.notes["sound_pairs"] = torch.cat(pairs)
    batch.targets["sound_match"] = torch.cat(targets)
    batch.counts["sound_match"] = len(batch.targets["sound_match"])


def answers(batch: Batch) -> Tensor:
    """1 for each match and 0 for each other pair, `(n,)`."""
    return batch.targets["sound_match"].long()


class Head(nn.Module):
    """One logit from the state of the whole sound, of each side its own."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        sound_task.check(plan, "sound_match")
        self.match = nn.Linear(plan.width, len(SIDES))

    def logits(self, pairs: Tensor, kinds: Tensor) -> Tensor:
        """Log-odds that sounds and what they were read with belong together, `(H,)`.

        Args:
            pairs: states of the whole sounds, `(H, D)`.
            kinds: what they were read with, places in `SIDES`, `(H,)`.
        """
        return self.match(pairs).gather(1, kinds[:, None]).squeeze(1).float()

    def forward(self, states: States, batch: Batch) -> Score:
        """Binary cross-entropy and number of pairs that are judged rightly."""
        if states.heard is None or states.heard.pairs is None:
            raise ValueError("matching of sounds needs the states of pairs")
        logits = self.logits(states.heard.pairs, batch.notes["sound_pairs"][:, 0])
        targets = batch.targets["sound_match"]
        loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        return Score(loss, ((logits > 0) == (targets > 0.5)).sum())
