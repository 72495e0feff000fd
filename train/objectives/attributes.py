"""Attribute prediction: what captions say of the thing that a hidden region shows is predicted.

The words are the attributes of phrases that the labelers find to name the region, in any caption
of its picture; LXMERT (Tan & Bansal, 2019) has its detector's attributes. The loss is the
cross-entropy to these words, all alike, by the decoder of masked words; of hidden regions as
masked object classification chose them, or of all (`over: all`), on matched pairs only, or on all
(`mismatched`).
"""

import torch
from torch import Tensor, nn

from curate.stage.params import build, parameters
from train.batch import Batch
from train.objectives import Score, States, by_pair, mlm
from train.plan import Plan, Sizes
from train.region_task import RegionParams, hide
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params(RegionParams):
    """Attribute prediction."""

    sure: bool = False  # whether a region counts as much as the labeler is sure of its attributes


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The words that captions say of a region."""
    return ("attributes",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` bool are those that have attributes."""
    over, *_ = hide(batch, params, *purpose)
    batch.targets["attributes"] = over & (batch.notes["attributed"] > 0).any(-1)
    batch.counts["attributes"] = int(batch.targets["attributes"].sum())


def answers(batch: Batch) -> Tensor:
    """Ids of all words of the regions to predict, each of which would be right, `(n,)`."""
    wanted = batch.targets["attributes"]
    return batch.notes["attributes"][wanted][batch.notes["attributed"][wanted] > 0]


class Head(mlm.Head):
    """As that of masked language modelling, with weights of its own, over regions."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__(plan, sizes)
        self.dense = nn.Linear(plan.vision_width, plan.width)
        self._sure = build(
            Params, plan.objectives.get("attributes", {}), "objectives.attributes"
        ).sure

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy, and number of regions whose likeliest word is one of theirs."""
        wanted = batch.targets["attributes"]
        words, sure = batch.notes["attributes"][wanted], batch.notes["attributed"][wanted]
        logits = self.predict(states.vision[wanted], states.words).float()
        losses = _cross_entropy(logits, words, sure > 0)
        if self._sure:
            losses = losses * sure.amax(-1)
        right = ((logits.argmax(-1, keepdim=True) == words) & (sure > 0)).any(-1).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted))


def _cross_entropy(logits: Tensor, words: Tensor, there: Tensor) -> Tensor:
    """To some words of each row `(n, A)`, those that are `there` all alike, `(n,)`."""
    guess = logits.log_softmax(-1).gather(-1, words)
    return -torch.where(there, guess, 0.0).sum(-1) / there.sum(-1)
