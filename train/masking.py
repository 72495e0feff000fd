"""Which words and regions are masked: chosen by draws, so that tasks can share one choice."""

import numpy as np
import torch
from torch import Tensor

from train import draws
from train.batches import Batch
from train.text import Words


def choose(batch: Batch, what: Tensor, rate: float, *purpose: int | str) -> Tensor:
    """Choose some of the words or regions of each pair that may be masked.

    The choice does not depend on whether the pair matches: were only matched pairs masked, a
    mask would tell image-text matching its answer.

    Args:
        batch: gives each pair's key.
        what: those that may be chosen, `(B, L)` bool.
        rate: chance of each.
        purpose: what for; two tasks with one purpose get the same choice.

    Returns:
        `(B, L)` bool.
    """
    chance = draws.uniform(batch.keys, what.shape[1], *purpose)
    return what & batch.maskable[:, None] & torch.from_numpy(chance < rate)


def hide_words(
    batch: Batch, chosen: Tensor, words: Words, kept: float, random: float, *purpose: int | str
) -> None:
    """Replace chosen words by the mask token, or by any other, or leave them (BERT's 80/10/10).

    Args:
        batch: its `tokens` are changed.
        chosen: `(B, T)` bool.
        words: for the mask token and the ordinary ones.
        kept: share of the chosen that stays as it is.
        random: share of the chosen that becomes any ordinary token.
        purpose: what for.
    """
    width = chosen.shape[1]
    way = torch.from_numpy(draws.uniform(batch.keys, width, *purpose, "how"))
    which = draws.uniform(batch.keys, width, *purpose, "which")
    any_word = words.ordinary[(which * len(words.ordinary)).astype(np.int64)]
    masked = chosen & (way >= kept + random)
    replaced = chosen & (way >= kept) & ~masked
    batch.tokens = torch.where(replaced, torch.from_numpy(any_word), batch.tokens)
    batch.tokens = batch.tokens.masked_fill(masked, words.mask)


def hide_regions(batch: Batch, chosen: Tensor, kept: float, *purpose: int | str) -> Tensor:
    """Zero the features of chosen regions but for the share `kept`; returns those zeroed."""
    how = torch.from_numpy(draws.uniform(batch.keys, chosen.shape[1], *purpose, "how"))
    zeroed = chosen & (how >= kept)
    batch.hidden = batch.hidden | zeroed
    return zeroed
