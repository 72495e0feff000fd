"""One file per pretraining task: it corrupts a batch, then scores what the model makes of it.

    FIGURE = "accuracy"           # what `Score.figure` sums up
    @parameters class Params      # weight, rates
    def prepare(batch, words, params, *purpose): ...   # sets batch.targets and batch.counts
    class Head(nn.Module):        # Head(plan, sizes); forward(states, batch) -> Score
    def needs(params): ...        # files of train/notes/ that it reads; may be left out
    ALONE = True                  # it reads `States.alone`; may be left out
    PARTED = True                 # it reads no states of all sides together; may be left out
    TAPPED = True                 # it reads `States.taps`; may be left out
    MATCHING = True               # it learns from pairs that do not match; may be left out
    def share(params): ...        # of pairs that it wants told in two languages; may be left out
    BEGINS = "mlm"                # the task whose head it begins with; may be left out
    BESIDE = "mlm"                # the task that it is drawn with, see `Plan.mix`; may be left out
    def answers(batch): ...       # `(n,)` int64, classes that targets have; may be left out
    KINDS = ("colour", "count")   # kinds of targets, each examined by itself; may be left out, and
    def kinds(batch): ...         # `(n,)` int64, places in KINDS, in the order of `answers`
    def by_lot(batch): ...        # targets that choosing by lot gets right; may be left out

A head that has `bind(heads)` is given those of all the model's tasks. One that has
`fit(corpus, notes)` is shown the training pairs before it learns, with their notes by the file's
name, and keeps what it needs to tell `Score.unseen`.

Those that `train.finetune` learns of a task's examples (`answer`, `caption`, `choice`, `match`,
`pair`, `region`) are no pretraining tasks; they read `Corpus.examples`, and have beside these

    def vocabulary(examples, params): ...   # answers to choose among; may be left out
    Head.logits(states, batch)              # of each example's answers or regions, `(B, A)`
    def told(logits, corpus, rows, sizes): ...   # of each example a word, a choice, or boxes
    def written(model, batch, words, writing): ...   # in place of both: `Written`, of a batch
                                                     # that is not prepared

but `match`, by which captions and pictures find each other: it is judged as `itm` is.

A batch's counts are known before the model sees it, so that a step of several batches divides
each task's summed loss by the whole step's count: accumulating changes nothing, also where captions
and pictures of all of them are compared (`train/contrast.py`). Three draw from their own batch, not
from the others of a step: wrong pairs of `itm` with `hard` and of `match`, and features that
another picture lends (`random`); their losses are of fewer to draw from, and are weighed alike.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from curate.stage import plugin
from curate.stage.params import build

if TYPE_CHECKING:
    from train.medium import Read
    from train.taps import Tap

IGNORED = -100  # target of what is not to be predicted


class States(NamedTuple):
    """What the encoder makes of a batch.

    Attributes:
        text: hidden states of the words, `(B, T, D)`; the first is [CLS].
        vision: hidden states of the regions, the whole-image region left out, `(B, R, E)`, E
            being the plan's `vision_width`; where pixels are read, means over the patches, or
            cells of a grid, that a region covers.
        features: standardised features of the regions, nothing hidden, `(B, R, F)`.
        words: the word embeddings, `(V, D)`.
        pooled: one vector for each pair, `(B, P)`, P being the plan's `pooled_width`; only tasks
            that match pairs read it.
        alone: hidden states of the words without the picture, and of the picture's regions or
            patches without the words `(B, N, E)`, where a task reads them.
        shown: which of these regions or patches are there, `(B, N)` bool.
        mixed: as `pooled`, of wrong pairs that were mixed of the batch's, `(H, P)`.
        apart: [CLS] of the captions that a task wants read apart, `(P, 4, D)`.
        asked: as `pooled`, of questions in their captions' places, `(Q, P)`.
        taps: what the layers computed on their way, see `train.taps`, where a task reads it.
        projection: what regions' features are multiplied by when they are embedded, `(E, F)`.
        media: what is made of further media, by name, see `train.media`.
    """

    text: Tensor
    vision: Tensor
    features: Tensor
    words: Tensor
    pooled: Tensor = torch.empty(0)
    alone: tuple[Tensor, Tensor] | None = None
    shown: Tensor = torch.empty(0)
    mixed: Tensor | None = None
    apart: Tensor | None = None
    asked: Tensor | None = None
    taps: Mapping[str, "Tap"] = MappingProxyType({})
    projection: Tensor = torch.empty(0)
    media: Mapping[str, "Read"] = MappingProxyType({})


class Score(NamedTuple):
    """A task's result on a batch, summed over its targets.

    Attributes:
        loss: scalar.
        figure: scalar, without gradient; what it counts is the task's `FIGURE`.
        pairs: loss and number of targets of each pair, `(B, 2)`, without gradient, for the ledger
            (`train/ledger.py`); None where the task is not about single pairs.
        right: which targets are predicted rightly, in the order of the task's `answers`, `(n,)`
            bool; None where it has no kinds.
        unseen: as `loss`, of who says of all targets alike what is usual among training pairs;
            None where it is not known, and in training.
        by_chance: as `figure`, without knowledge of what belongs together; None as before.
    """

    loss: Tensor
    figure: Tensor
    pairs: Tensor | None = None
    right: Tensor | None = None
    unseen: Tensor | None = None
    by_chance: Tensor | None = None


class Written(NamedTuple):
    """A text that a model wrote.

    Attributes:
        text: as the tokenizer gives it.
        ended: whether it came to its end within the tokens that it might have.
    """

    text: str
    ended: bool


def by_pair(losses: Tensor, wanted: Tensor) -> Tensor:
    """What each pair has of a task's loss.

    Args:
        losses: of each target, in the order of `wanted`, `(n,)`.
        wanted: what was to be predicted, `(B, ...)` bool, n of it true.

    Returns:
        Summed loss and number of targets, `(B, 2)` float32.
    """
    placed = torch.zeros(wanted.shape, device=losses.device)
    placed[wanted] = losses.detach().float()
    rows = len(wanted)
    return torch.stack([placed.view(rows, -1).sum(1), wanted.view(rows, -1).float().sum(1)], 1)


def by_row(losses: Tensor, rows: Tensor, number: int) -> Tensor:
    """What each pair has of a task's loss, where it has any number of targets.

    Args:
        losses: of each target, `(n,)`.
        rows: the pair of each, `(n,)` int64.
        number: of pairs, B.

    Returns:
        As `by_pair`.
    """
    each = torch.stack([losses.detach().float(), torch.ones_like(losses).float()], 1)
    return each.new_zeros(number, 2).index_add(0, rows, each)


def needs(objectives: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The files of `train/notes/` that some tasks read, given their parameters by name.

    Raises:
        PluginError: there is no such task; says which there are.
    """
    found = set()
    for module, params in _each(objectives):
        found |= set(module.needs(params) if hasattr(module, "needs") else ())
    return tuple(sorted(found))


def translated(objectives: Mapping[str, Mapping[str, Any]]) -> float:
    """The share of pairs that some tasks want told in two languages, where a second is known."""
    asked = [m.share(params) for m, params in _each(objectives) if hasattr(m, "share")]
    return max(asked, default=0.0)


def _each(objectives: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[ModuleType, Any]]:
    for name, values in objectives.items():
        module = plugin.load(__name__, name)
        yield module, build(module.Params, values, f"objectives.{name}")
