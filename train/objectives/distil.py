"""Learning from a larger model that has learnt already: its logits, its states, its attention.

The teacher reads the very batch, hidden words and all. Learnt are its logits of two tasks (Hinton
et al., 2015): of `itm` as they are, and of the words of `mlm`, where both have that, softened by a
temperature, by whose square the loss is multiplied; those of other tasks are not learnt. Further
its hidden states, by their mean squared difference after one projection where widths differ
(TinyBERT: Jiao et al., 2020); and how queries, keys and values of its last layer relate to each
other (MiniLMv2: Wang et al., 2021), which asks neither for as many heads nor for the same width. A
layer learns from the teacher's that stands as far up. It needs the task `itm`, by whose answers the
two are compared. No pair has a loss of its own: each part is a mean over a batch's words, or its
states.
"""

import math
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train.batch import Batch
from train.objectives import IGNORED, Score, States
from train.plan import Plan, Sizes
from train.ranges import Above0, Count, Least0
from train.taps import Tap, Taps
from train.text import Words

FIGURE = "agreement"  # share of the pairs of which both say the same
TAPPED = True  # it reads `States.taps`
_MOST = 12  # heads by which relations are compared
_PARTS = 3  # queries, keys, values


@parameters
class Params:
    """Learning from another model."""

    teacher: str  # folder of that model, with the same tokenizer and features
    weight: float = 1.0  # factor of the loss
    logits: Least0 = 1.0  # factors of its parts
    hidden: Least0 = 1.0
    attention: Least0 = 1.0
    temperature: Above0 = 1.0  # by which logits of words are divided
    width: Count = 0  # of the teacher's states; 0: the same as of the model that learns


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Every pair is learnt from."""
    batch.targets["distil"] = torch.ones(len(batch.keys))
    batch.counts["distil"] = len(batch.keys)


class Head(nn.Module):
    """Holds the teacher, which is no part of the model and is loaded when it is first asked."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self._params = build(Params, plan.objectives["distil"], "objectives.distil")
        if "itm" not in plan.objectives:
            raise ParamsError("objectives.distil compares answers of the task itm; add that, too")
        self._vocabulary, self._features = sizes.vocabulary, sizes.features
        self._width = plan.width
        self.project: nn.Linear | None = None
        if self._params.width not in (0, plan.width):
            self.project = nn.Linear(plan.width, self._params.width, bias=False)
        self._heads: tuple[nn.ModuleDict, ...] = ()
        self._teachers: list[Any] = []

    def bind(self, heads: nn.ModuleDict) -> None:
        """Know the heads of the model that learns."""
        self._heads = (heads,)

    def forward(self, states: States, batch: Batch) -> Score:
        """Summed over the pairs: the weighted losses, and how often both say the same."""
        teacher = self._teacher(batch.tokens.device)
        with torch.no_grad():
            taught = teacher.states(batch, tap=True)
        params, (heads,) = self._params, self._heads
        loss, match = _logits(heads, teacher.heads, states, taught, batch, params.temperature)
        loss = params.logits * loss
        for own, other in _side_by_side(states.taps, taught.taps):
            loss = loss + params.hidden * self._apart(own, other) / len(states.taps)
        for own, other in _last(states.taps, taught.taps):
            loss = loss + params.attention * related(own, other)
        number = batch.counts["distil"]
        return Score(loss * number, match * number)

    def _apart(self, own: Tap, other: Tap) -> Tensor:
        """Mean squared difference of the states that are there."""
        hidden = own.hidden if self.project is None else self.project(own.hidden)
        return F.mse_loss(hidden[own.there].float(), other.hidden[own.there].float())

    def _teacher(self, device: torch.device) -> Any:
        if not self._teachers:
            from train.model import load

            model = load(Path(self._params.teacher))
            told, wanted = (
                (model.sizes.vocabulary, model.sizes.features),
                (
                    self._vocabulary,
                    self._features,
                ),
            )
            if told != wanted:
                raise ParamsError(
                    f"objectives.distil.teacher {self._params.teacher} knows {told[0]} tokens and "
                    f"features of {told[1]} numbers, not {wanted[0]} and {wanted[1]}: it has to "
                    "read as the model that learns from it"
                )
            self._check(model.plan.width)
            self._teachers.append(model.requires_grad_(False))
        return self._teachers[0].to(device)

    def _check(self, width: int) -> None:
        """Refuse a teacher whose states are not as wide as was said."""
        said = self._params.width or self._width
        if width != said:
            raise ParamsError(
                f"objectives.distil.teacher {self._params.teacher} has states of {width} numbers, "
                f"the model that learns from it of {self._width}, and objectives.distil.width is "
                f"{self._params.width}; write `width: {width}`"
            )


def _logits(
    heads: nn.ModuleDict,
    others: nn.ModuleDict,
    states: States,
    taught: States,
    batch: Batch,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Mean losses to the teacher's logits, summed over tasks; share of pairs that both match."""
    judged = batch.targets["itm"] >= 0
    own, other = (h["itm"].logits(s)[judged] for h, s in ((heads, states), (others, taught)))  # type: ignore[operator]
    loss = divergence(
        *(torch.stack([log_odds, -log_odds], 1) / 2 for log_odds in (own, other))
    ).mean()
    if "mlm" in heads and "mlm" in others and batch.counts.get("mlm"):
        hidden = batch.targets["mlm"] != IGNORED
        said = (
            h["mlm"].predict(s.text[hidden], s.words).float() / temperature  # type: ignore[operator]
            for h, s in ((heads, states), (others, taught))
        )
        loss = loss + temperature**2 * divergence(*said).mean()
    return loss, ((own > 0) == (other > 0)).float().mean()


def divergence(own: Tensor, other: Tensor) -> Tensor:
    """Kullback-Leibler divergence of one's own logits from another's, over the last axis."""
    return F.kl_div(
        own.log_softmax(-1), other.log_softmax(-1), reduction="none", log_target=True
    ).sum(-1)


def related(own: Tap, other: Tap) -> Tensor:
    """How far relations among queries, among keys and among values differ, mean of the three.

    Args:
        own: of the layer that learns.
        other: of the one that it learns from.
    """
    widths = [tap.attended.shape[-1] // _PARTS for tap in (own, other)]
    heads = max(n for n in range(1, _MOST + 1) if math.gcd(*widths) % n == 0)
    there = own.there
    total = own.hidden.new_zeros(())
    for part in range(_PARTS):
        logits = []
        for tap in (own, other):
            batch, length, _ = tap.attended.shape
            vectors = tap.attended.view(batch, length, _PARTS, heads, -1)[:, :, part].float()
            vectors = vectors.transpose(1, 2)  # (B, A, L, d)
            found = vectors @ vectors.transpose(2, 3) / math.sqrt(vectors.shape[-1])
            logits.append(found.masked_fill(~there[:, None, None, :], torch.finfo(found.dtype).min))
        far = divergence(*logits).transpose(1, 2)  # (B, L, A)
        total = total + far[there].mean() / _PARTS
    return total


def _side_by_side(own: Taps, other: Taps) -> list[tuple[Tap, Tap]]:
    """Each layer with the teacher's that stands as far up, among layers of the same place."""
    pairs = []
    theirs = _by_place(other)
    for place, layers in _by_place(own).items():
        above = theirs.get(place, [])
        for at, tap in enumerate(layers, start=1):
            if above:
                pairs.append((tap, above[math.ceil(at * len(above) / len(layers)) - 1]))
    return pairs


def _last(own: Taps, other: Taps) -> list[tuple[Tap, Tap]]:
    """The last layers of the last place that both have."""
    theirs = _by_place(other)
    both = [place for place in _by_place(own) if place in theirs]
    return [(_by_place(own)[place][-1], theirs[place][-1]) for place in both[-1:]]


def _by_place(taps: Taps) -> dict[str, list[Tap]]:
    """Layers by where they stand: `parts.0.layers.3` in `parts.0.layers`."""
    found: dict[str, list[Tap]] = {}
    for name, tap in taps.items():
        found.setdefault(re.sub(r"\.layers\.\d+", ".layers", name), []).append(tap)
    return found
