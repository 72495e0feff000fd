"""Image-text contrast: among a batch's pictures each caption finds its own, and the reverse.

Caption and picture are embedded without sight of each other, projected and compared by cosine; the
loss is cross-entropy in both directions with a learnt temperature (CLIP, Radford et al., 2021).
Several captions of one picture are all right answers; a picture that was made from the caption's
own, or the other way round, is neither right nor wrong and left out.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train.batches import Batch
from train.objectives import Score, States
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"
ALONE = True  # it reads the states that each side has without the other
_START, _MOST = math.log(1 / 0.07), math.log(100)  # of the scale's logarithm, as in CLIP


@parameters
class Params:
    """Image-text contrast."""

    weight: float = 1.0  # factor of the loss


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """Which captions belong to which pictures of a batch."""
    return ("belongs",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B, B)`: 1 where caption and picture belong together, 0 where not, -1 unclear.

    A caption none of whose pictures is in the batch, or a picture none of whose captions is,
    does not count.
    """
    belongs = batch.notes["belongs"]
    batch.targets["itc"] = belongs
    batch.counts["itc"] = sum(int((belongs == 1).any(side).sum()) for side in (0, 1))


class Head(nn.Module):
    """A projection of each side to the joint space, and the temperature."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.text = nn.Linear(plan.width, plan.width)
        self.vision = nn.Linear(plan.vision_width, plan.width)
        self.scale = nn.Parameter(torch.tensor(_START))

    def cosines(self, states: States, regions: Tensor) -> Tensor:
        """Of each caption (row) with each picture (column), `(B, B)`.

        A caption is its [CLS], a picture the mean of its regions.
        """
        if states.alone is None:
            raise ValueError("image-text contrast needs the states of each side alone")
        text, vision = states.alone
        there = regions[..., None]
        picture = (vision * there).sum(1) / there.sum(1).clamp(min=1)
        sides = self.text(text[:, 0]).float(), self.vision(picture).float()
        caption, image = (F.normalize(side, dim=-1) for side in sides)
        return caption @ image.T

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy of both directions, and number that find an own one first."""
        belongs = batch.targets["itc"]
        logits = self.cosines(states, batch.regions) * self.scale.clamp(max=_MOST).exp()
        losses, right = zip(_found(logits, belongs), _found(logits.T, belongs.T), strict=True)
        return Score(sum(losses, logits.new_zeros(())), sum(right, belongs.new_zeros(())))


def _found(logits: Tensor, belongs: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of rows that have an own column, and number of those whose best is an own one."""
    counting = (belongs == 1).any(1)
    logits, belongs = logits[counting], belongs[counting]
    logits = logits.masked_fill(belongs < 0, -torch.inf)
    own = logits.masked_fill(belongs != 1, -torch.inf).logsumexp(1)
    best = belongs.gather(1, logits.argmax(1, keepdim=True))
    return (logits.logsumexp(1) - own).sum(), (best == 1).sum()
