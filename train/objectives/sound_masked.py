"""Masked modelling of sound: patches that are hidden are told by the rest, the words, the picture.

Hidden are spans of patches, since one alone could be guessed from its neighbours (wav2vec 2.0,
Baevski et al., 2020). L2 to the standardised patch (SSAST, Gong et al., 2022), of the sounds that
are read with words and picture (`Plan.muted`); where these are masked too, what is hidden of each
sense is told by what is left of all.
"""

import torch
from torch import nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import hearing, masking, sound_task
from train.batch import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Least0, Number, Share
from train.text import Words

FIGURE = "cosine"


@parameters
class Params:
    """Masked modelling of sound."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.3  # share of the patches that is hidden, 0-1
    span: Number = 3  # patches, of 80 ms, that are hidden together


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The sounds."""
    return ("sound",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide spans of patches; targets `(B, P)` bool say which are to be predicted."""
    there = hearing.present(batch) & (~sound_task.muted(batch) & batch.maskable.any(1))[:, None]
    place = torch.arange(there.shape[1]).expand(there.shape)
    spans = place // params.span * params.span
    chosen = masking.choose(batch, there, params.rate, "sound", *purpose, units=spans)
    batch.notes["sound_hidden"] = batch.targets["sound_masked"] = chosen
    batch.counts["sound_masked"] = int(chosen.sum())


class Head(nn.Module):
    """A fully connected layer to the patch's length."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        sound_task.check(plan, "sound_masked")
        self.patch = nn.Linear(plan.width, hearing.FEATURES)

    def forward(self, states: States, batch: Batch) -> Score:
        """Distance, averaged over a patch's components, and cosine similarity."""
        if states.heard is None:
            raise ValueError("masked modelling of sound needs a plan that hears")
        wanted = batch.targets["sound_masked"]
        guess = self.patch(states.heard.together[wanted]).float()
        truth = states.heard.patches[wanted]
        losses = F.mse_loss(guess, truth, reduction="none").mean(-1)
        cosine = F.cosine_similarity(guess.detach(), truth, dim=-1).sum()
        return Score(losses.sum(), cosine, by_pair(losses, wanted))
