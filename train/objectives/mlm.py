"""Masked language modelling: hidden words are predicted from the other words and the picture.

15% of the words, of which 80% are masked, 10% replaced, 10% left (Devlin et al., 2019); on
matched pairs only (ImageBERT's conditional mask), or on all (`mismatched`; LXMERT), captions shown
without their picture among either. The vocabulary head sees masked positions only.
Chosen are tokens, whole words (VL-BERT), or whole phrases: an object of the caption's scene graph
with the attributes before it; what is in no phrase, by words.
"""

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import masking
from train.batch import Batch
from train.encoder import EPSILON
from train.objectives import IGNORED, Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Least0, Share
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Masked language modelling."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.15  # share of the words that is chosen, 0-1
    random: Share = 0.1  # share of the chosen that becomes any word, 0-1
    kept: Share = 0.1  # share of the chosen that stays as it is, 0-1
    unit: Literal["token", "word", "phrase"] = "token"  # what is chosen as one
    forced: bool = False  # whether a caption of which nothing is chosen gets its first word hidden
    mismatched: bool = False  # whether pairs that do not match count, too
    tied: bool = (
        True  # whether words' embeddings predict them (BERT), else weights of its own (ViLT)
    )


def needs(params: Params) -> tuple[str, ...]:
    """Which tokens make a word, or a phrase."""
    return () if params.unit == "token" else (f"{params.unit}s",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:
    """Choose and hide words; targets `(B, T)` hold their ids, `IGNORED` elsewhere.

    Pairs that are told in two languages are the task `tlm`'s.
    """
    counted = masking.counted(batch, params.mismatched)
    hide("mlm", batch, words, params, ~batch.twice, counted, *purpose)


def hide(
    task: str,
    batch: Batch,
    words: Words,
    params: Any,
    pairs: Tensor,
    counted: Tensor,
    *purpose: int | str,
) -> None:
    """Choose and hide words of some pairs `(B,)`, and set a task's targets of those that count."""
    tokens = masking.written(batch)
    what = torch.isin(tokens, torch.from_numpy(words.ordinary)) & pairs[:, None]
    units = None if params.unit == "token" else batch.notes[f"{params.unit}s"]
    chosen = masking.choose_words(
        batch, what, params.rate, "words", *purpose, units=units, forced=params.forced
    )
    wanted = chosen & counted[:, None]
    batch.targets[task] = torch.where(wanted, tokens, IGNORED)
    batch.counts[task] = int(wanted.sum())
    masking.hide_words(batch, chosen, words, params.kept, params.random, "words", *purpose)


def answers(batch: Batch, task: str = "mlm") -> Tensor:
    """Ids of the words to predict, `(n,)`."""
    targets = batch.targets[task]
    return targets[targets != IGNORED]


class Head(nn.Module):
    """BERT's: dense, GELU, LN, then a decoder with a bias, which is the word embeddings if tied."""

    task = "mlm"  # whose targets it scores

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.dense = nn.Linear(plan.width, plan.width)
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.bias = nn.Parameter(torch.zeros(sizes.vocabulary))
        self.decoder: nn.Linear | None = None
        if not plan.objectives.get(self.task, {}).get("tied", True):
            self.decoder = nn.Linear(plan.width, sizes.vocabulary, bias=False)

    def predict(self, hidden: Tensor, words: Tensor) -> Tensor:
        """Hidden states `(n, D)` and word embeddings `(V, D)` to logits `(n, V)`."""
        decoder = words if self.decoder is None else self.decoder.weight
        return F.linear(self.norm(F.gelu(self.dense(hidden))), decoder, self.bias)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy and number of words that are right."""
        targets = batch.targets[self.task]
        wanted = targets != IGNORED
        logits = self.predict(states.text[wanted], states.words).float()
        losses = F.cross_entropy(logits, targets[wanted], reduction="none")
        right = (logits.argmax(-1) == targets[wanted]).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted))
