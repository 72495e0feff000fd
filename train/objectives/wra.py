"""Word-region alignment: transport between words and regions is to be cheap where a pair matches.

The distance of a pair is the cost of optimal transport from its words to its regions, with the
cosine distance of their hidden states as cost; the plan is found by IPOT (Xie et al., 2020) and
held fixed, so that gradients reach the states through the costs alone. The loss is the distances
of matched pairs less those of mismatched ones (UNITER, Chen et al., 2020).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import parameters
from train.batch import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Least0
from train.text import Words

FIGURE = "cosine"
MATCHING = True  # a batch shall hold pairs that do not match


@parameters
class Params:
    """Word-region alignment."""

    weight: Least0 = 0.1  # factor of the loss
    special: bool = True  # whether [CLS] and [SEP] are among the words (UNITER), or not (ViLT)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B, T)` bool: the words that take part."""
    taking = batch.words
    if not params.special:
        taking = taking & (batch.tokens != words.start) & (batch.tokens != words.end)
    batch.targets["wra"] = taking
    batch.counts["wra"] = len(batch.matched)


class Head(nn.Module):
    """Has no weights: it compares the hidden states themselves.

    Raises:
        ParamsError: those of words and of regions are not equally wide.
    """

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        if plan.vision_width != plan.width:
            raise ParamsError(
                f"the task wra compares words {plan.width} wide with regions "
                f"{plan.vision_width} wide; leave it out (`objectives: {{wra: null}}`) or set "
                "one width"
            )

    def forward(self, states: States, batch: Batch) -> Score:
        """Distances of matched less those of mismatched pairs, and the cosine moved along.

        In training that is the mean of all, so that parts of a batch add up; else that of matched
        pairs, and what it is by chance that of mismatched ones.
        """
        with torch.autocast(states.text.device.type, enabled=False):
            cost = cosine_distance(states.text.float(), states.vision.float())
            moved = transport(cost.detach(), batch.targets["wra"], batch.regions)
            distance = (moved * cost).sum((1, 2))
        signed = torch.where(batch.matched, distance, -distance)
        told = by_pair(signed, torch.ones_like(batch.matched))
        cosine = (moved * (1 - cost.detach())).sum((1, 2))
        if self.training:
            return Score(signed.sum(), cosine.sum(), told)
        figure, by_chance = (
            (cosine * of).sum() * len(of) / of.sum().clamp(min=1)  # the mean of some, of each pair
            for of in (batch.matched, ~batch.matched)
        )
        return Score(signed.sum(), figure, told, by_chance=by_chance)


def cosine_distance(left: Tensor, right: Tensor) -> Tensor:
    """1 - cosine of each of `(B, T, D)` with each of `(B, R, D)`: `(B, T, R)`."""
    return 1 - F.normalize(left, dim=-1) @ F.normalize(right, dim=-1).transpose(1, 2)


@torch.no_grad()
def transport(
    cost: Tensor, words: Tensor, regions: Tensor, beta: float = 0.5, rounds: int = 50
) -> Tensor:
    """The cheapest plan that moves equal weights of the words to equal weights of the regions.

    Args:
        cost: `(B, T, R)`.
        words: which rows take part, `(B, T)` bool.
        regions: which columns take part, `(B, R)` bool.
        beta: step of the proximal point method; smaller follows the cost more closely in a round.
        rounds: proximal steps, each with one Sinkhorn update (UNITER's 50 and 1).

    Returns:
        `(B, T, R)`, 0 where a row or column takes no part; a pair's plan sums to 1, or to 0 if
        one of its sides is empty.
    """
    both = words[:, :, None] & regions[:, None, :]
    kernel = torch.exp(-cost / beta) * both
    rows, columns = (side.sum(1, keepdim=True).clamp(min=1) for side in (words, regions))
    plan = both.to(cost.dtype)
    right = regions.to(cost.dtype) / columns
    for _ in range(rounds):
        step = kernel * plan
        left = words / (rows * (step @ right[:, :, None])[:, :, 0]).clamp(min=_TINY)
        right = regions / (columns * (left[:, None] @ step)[:, 0]).clamp(min=_TINY)
        plan = left[:, :, None] * step * right[:, None, :]
    return plan


_TINY = 1e-30  # keeps what takes no part from dividing by zero
