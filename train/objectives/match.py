"""Finding pictures by captions, and captions by pictures, in fine-tuning: right pairs before wrong.

Each pair of a batch is read as it is, its caption also with wrong pictures of the batch, and its
picture with wrong captions. What is told of a pair is one logit of the pooled vector, as in `itm`,
whose head it begins with. It is learnt in one of three ways, which ImageBERT (Qi et al., 2020)
compares: each pair is judged by itself (binary); the right one is chosen among all that were read
of it (multiclass); or it is to be likelier by a margin than the likeliest wrong one of either side
(triplet; between sigmoids, as UNITER's code has it).
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from curate.stage.params import build, parameters
from train import draws
from train.batch import Batch
from train.notes.belongs import matrix
from train.objectives import Score, States, by_pair, itm
from train.plan import Plan, Sizes
from train.ranges import Above0, Least0, Number, Share
from train.spreading import by_example, spread
from train.text import Words

FIGURE = "accuracy"
BEGINS = "itm"


@parameters
class Params:
    """Finding pictures by captions, and captions by pictures."""

    weight: Least0 = 1.0  # factor of the loss
    loss: Literal["binary", "multiclass", "triplet"] = "binary"
    negatives: Number = 2  # wrong pictures of each caption, and wrong captions of each picture
    hard: Share = 0.5  # share of these whose pictures are the most alike; the rest by lot, 0-1
    margin: Above0 = 0.2  # of the triplet loss, between chances of a match


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """Which captions belong to which pictures, and how alike the pictures are."""
    return ("belongs", "looks")


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """The B pairs are followed by their captions with wrong pictures, then by their pictures with
    wrong captions, N in all; targets are which are right, `(N,)`.
    """
    size, most = len(batch.keys), params.negatives
    looks, every = batch.notes["looks"], torch.arange(size)
    wrong = matrix(batch.notes["said"], batch.notes["shown"]) == 0
    lots = torch.from_numpy(draws.uniform(batch.keys, 2 * size, "match", *purpose)).chunk(2, 1)
    of, place, other = [every], [torch.zeros_like(every)], []
    for side, mixable in enumerate((wrong, wrong.T)):
        rows, slots, columns = drawn(looks @ looks.T, mixable, lots[side], most, params.hard)
        of.append(rows)
        place.append(1 + side * most + slots)
        other.append(columns)
    texts, pictures = torch.cat([every, of[1], other[1]]), torch.cat([every, other[0], of[2]])
    spread(batch, pictures, batch.tokens[texts], batch.words[texts], None)
    batch.notes["match_of"], batch.notes["match_place"] = torch.cat(of), torch.cat(place)
    batch.matched = batch.notes["match_place"] == 0
    batch.targets["match"] = batch.matched.float()
    batch.counts["match"] = size


def drawn(
    alike: Tensor, wrong: Tensor, lot: Tensor, most: int, hard: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row some of the columns that are wrong for it.

    Args:
        alike: how much each column is like the row, `(B, B)`.
        wrong: which may be drawn, `(B, B)` bool.
        lot: numbers in [0, 1), `(B, B)`.
        most: columns of a row, as far as it has so many.
        hard: share of these that are the most alike; the others have the largest lots.

    Returns:
        rows, numbers of the draw and columns, `(n,)` each, row by row.
    """
    nearest = alike.masked_fill(~wrong, -torch.inf).argsort(dim=1, descending=True, stable=True)
    worth = lot.scatter(1, nearest[:, : round(hard * most)], 1.0).masked_fill(~wrong, -1.0)
    columns = worth.argsort(dim=1, descending=True, stable=True)[:, :most]
    rows, slots = torch.nonzero(wrong.gather(1, columns), as_tuple=True)
    return rows, slots, columns[rows, slots]


def by_lot(batch: Batch) -> float:
    """What choosing any of a pair's readings gets right."""
    return float((1 / torch.bincount(batch.notes["match_of"])).sum())


class Head(itm.Head):
    """As that of `itm`."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__(plan, sizes)
        self.params = build(Params, plan.objectives["match"], "objectives.match")

    def forward(self, states: States, batch: Batch) -> Score:
        """The pairs' losses, and how many are likelier than all that was read against them."""
        logits, most = self.logits(states), self.params.negatives
        where = (batch.notes["match_of"], batch.notes["match_place"])
        shape = (len(batch.keys), 1 + 2 * most)
        each = by_example(logits, *where, shape, -torch.inf)
        right = each[:, 0] > each[:, 1:].amax(1)
        if self.params.loss == "binary":
            wanted = batch.targets["match"]
            single = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
            number = by_example(torch.ones_like(single), *where, shape, 0.0).sum(1)
            losses = by_example(single, *where, shape, 0.0).sum(1) / number
        elif self.params.loss == "multiclass":
            losses = each.logsumexp(1) - each[:, 0]
        else:
            chances = by_example(logits.sigmoid(), *where, shape, -torch.inf)
            hardest = torch.stack([side.amax(1) for side in chances[:, 1:].split(most, 1)], 1)
            losses = F.relu(self.params.margin + hardest - chances[:, :1]).sum(1)
        every = torch.ones_like(right)
        return Score(losses.sum(), right.sum(), by_pair(losses, every))
