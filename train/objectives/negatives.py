"""Hard negatives and hard positives: two true captions of a picture must outscore two false ones.

True are the pair's caption and its twin, which says the same in other words; false are the
negative, which differs in one fact, and the twin's negative. Each true one is set against each
false one, so that neither a changed word (Kamath et al., 2024: models that saw hard negatives
alone refuse true rewordings) nor a telling frame is enough; the loss is -log sigmoid of the
difference of their scores. The captions are read unmasked with the whole picture, in a pass of
their own.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import draws, masking
from train.batch import Batch
from train.objectives import Score, States, by_row
from train.plan import Plan, Sizes
from train.ranges import Least0, Share
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Hard negatives and hard positives."""

    weight: Least0 = 1.0  # factor of the loss
    share: Share = 0.25  # share of the pairs with a negative that is compared, 0-1


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The negatives with their twins."""
    return ("negatives",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:
    """Draw pairs, and one negative of each; `apart` `(P, 4, W)` are the four captions.

    Targets `(P,)` are the rows of the batch; the captions are true, true, false, false.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, 2, "negatives", *purpose))
    number = batch.notes["contrasts"] * batch.matched  # none where the picture is withheld
    rows = torch.nonzero((number > 0) & (chance[:, 0] < params.share)).squeeze(1)
    which = (chance[rows, 1] * number[rows]).long()
    negative, twin, twin_negative = batch.notes["rivals"][rows, which].unbind(1)
    four = (masking.written(batch)[rows], twin, negative, twin_negative)
    width = max(tokens.shape[1] for tokens in four)
    padded = [F.pad(tokens, (0, width - tokens.shape[1]), value=words.pad) for tokens in four]
    batch.notes["apart"] = torch.stack(padded, 1)
    batch.notes["apart_words"] = batch.notes["apart"] != words.pad
    batch.targets["negatives"] = rows
    batch.counts["negatives"] = 4 * len(rows)


def by_lot(batch: Batch) -> float:
    """Half of the comparisons."""
    return batch.counts["negatives"] / 2


class Head(nn.Module):
    """One logit from the hidden state of [CLS]."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.match = nn.Linear(plan.width, 1)

    def forward(self, states: States, batch: Batch) -> Score:
        """Loss of the four comparisons of each pair, and number that are right."""
        assert states.apart is not None
        scores = self.match(states.apart).squeeze(-1).float()
        ahead = differences(scores)
        losses, rows = F.logsigmoid(ahead), batch.targets["negatives"]
        told = by_row(-losses.flatten(), rows.repeat_interleave(4), len(batch.matched))
        return Score(-losses.sum(), (ahead > 0).sum(), told)


def differences(scores: Tensor) -> Tensor:
    """Of each true caption's score and each false one's, `(P, 4)` to `(P, 2, 2)`."""
    return scores[:, :2, None] - scores[:, None, 2:]
