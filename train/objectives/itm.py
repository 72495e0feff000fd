"""Image-text matching: does the caption belong to the picture? Label 1 = it does, always.

Negatives come with the batch (`train/batches.py`), in both directions: another caption for the
picture, or another picture for the caption. A fully connected layer on the pair's
pooled vector (ImageBERT: [CLS]). With `hard` there are, beside those, negatives of the batch's own
(ALBEF: Li et al., 2021): each matched caption is also read with a wrong picture of the batch, drawn
the likelier the more alike the contrast `itc` finds the two, and each picture with a wrong caption.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import parameters
from train import draws
from train.batch import Batch
from train.notes.belongs import matrix
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Least0
from train.text import Words

FIGURE = "accuracy"
MATCHING = True  # a batch shall hold pairs that do not match


@parameters
class Params:
    """Image-text matching."""

    weight: Least0 = 1.0  # factor of the loss
    hard: bool = False  # whether similar pairs of the batch are matched, too; needs the task itc


def needs(params: Params) -> tuple[str, ...]:
    """Which captions belong to which pictures, where some are to be mixed."""
    return ("belongs",) if params.hard else ()


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B,)`: 1.0 for a match, 0.0 for none, -1.0 for what is not to be judged.

    That is a caption without a picture, or one that another follows (`Batch.second`).
    """
    targets = batch.matched.float().masked_fill(batch.twice, -1.0)
    if batch.withheld is not None:
        targets = targets.masked_fill(batch.withheld, -1.0)
    batch.targets["itm"] = targets
    batch.counts["itm"] = int((targets >= 0).sum())
    if params.hard:
        wrong = matrix(batch.notes["said"], batch.notes["shown"]) == 0
        mixable = torch.stack([wrong, wrong.T]) & (batch.matched & ~batch.twice)[:, None]
        batch.notes["mixable"] = mixable  # pictures of each caption, captions of each picture
        chance = draws.uniform(batch.keys, 2, "hard", *purpose)
        batch.notes["mixed_by"] = torch.from_numpy(chance)
        batch.counts["itm"] += int(mixable.any(2).sum())


def mixed(similarity: Tensor, mixable: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """Draw for each caption a wrong picture and for each picture a wrong caption.

    Args:
        similarity: of each caption (row) with each picture (column), `(B, B)`; chances are its
            softmax over what may be drawn.
        mixable: pictures that each caption, and captions that each picture may be mixed with,
            `(2, B, B)` bool.
        chance: a number in [0, 1) for each caption and each picture, `(B, 2)`.

    Returns:
        Rows of the captions and rows of the pictures of the pairs, `(H,)` each: first those of
        captions, then those of pictures, that have something to be mixed with.
    """
    texts, pictures = [], []
    for side, logits in enumerate((similarity, similarity.T)):
        rows = torch.nonzero(mixable[side].any(1)).squeeze(1)
        logits = logits[rows].double().masked_fill(~mixable[side][rows], -torch.inf)
        upto = logits.softmax(1).cumsum(1)
        wanted = chance[rows, side][:, None] * upto[:, -1:]
        drawn = torch.searchsorted(upto, wanted, right=True).squeeze(1)
        texts.append((rows, drawn)[side])
        pictures.append((drawn, rows)[side])
    return torch.cat(texts), torch.cat(pictures)


def answers(batch: Batch) -> Tensor:
    """1 for each match and 0 for each other pair with a picture, `(n,)`."""
    targets = batch.targets["itm"]
    return targets[targets >= 0].long()


class Head(nn.Module):
    """One logit from the pair's pooled vector."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        if plan.objectives.get("itm", {}).get("hard") and "itc" not in plan.objectives:
            raise ParamsError(
                "objectives.itm.hard draws pairs by what the task itc finds alike; add it "
                "(`objectives: {itc: {}}`) or leave hard out"
            )
        self.match = nn.Linear(plan.pooled_width, 1)

    def logits(self, states: States) -> Tensor:
        """Log-odds that caption and picture belong together, `(B,)`."""
        return self.match(states.pooled).squeeze(-1).float()

    def forward(self, states: States, batch: Batch) -> Score:
        """Binary cross-entropy and number of pairs that are judged rightly."""
        wanted = batch.targets["itm"] >= 0
        logits, targets = self.logits(states)[wanted], batch.targets["itm"][wanted]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        right = ((logits > 0) == (targets > 0.5)).sum()
        loss, told = losses.sum(), by_pair(losses, wanted)
        if states.mixed is not None:
            wrong = self.match(states.mixed).squeeze(-1).float()
            loss, right = loss + F.softplus(wrong).sum(), right + (wrong <= 0).sum()
        return Score(loss, right, told)
