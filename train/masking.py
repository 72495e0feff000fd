"""Which words and regions are masked: chosen by draws, so that tasks can share one choice.

What is chosen may be units of several: the tokens of a word, the words of a phrase, regions that
overlap. A unit is named by its first member, and its members share that one's draw; so each token
and each region is chosen at the rate, whatever the units.
"""

import numpy as np
import torch
from torch import Tensor

from train import draws
from train.batches import Batch
from train.text import Words


def choose(
    batch: Batch, what: Tensor, rate: float, *purpose: int | str, units: Tensor | None = None
) -> Tensor:
    """Choose some of the words or regions of each pair that may be masked.

    The choice does not depend on whether the pair matches: were only matched pairs masked, a
    mask would tell image-text matching its answer.

    Args:
        batch: gives each pair's key.
        what: those that may be chosen, `(B, L)` bool.
        rate: chance of each.
        purpose: what for; two tasks with one purpose get the same choice.
        units: for each the place of the first of those that are chosen with it, `(B, L)` int64;
            None: each by itself.

    Returns:
        `(B, L)` bool.
    """
    chosen = torch.from_numpy(draws.uniform(batch.keys, what.shape[1], *purpose) < rate)
    if units is not None:
        chosen = chosen.gather(1, units)
    return what & batch.maskable[:, None] & chosen


def choose_regions(batch: Batch, rate: float, overlap: float | None, *purpose: int | str) -> Tensor:
    """Choose some of the regions, those that overlap together.

    Args:
        batch: gives the regions.
        rate: chance of each.
        overlap: intersection over union from which two are chosen together; None: never.
        purpose: what for.

    Returns:
        `(B, R)` bool.
    """
    units = None if overlap is None else overlapping(batch.boxes, batch.regions, overlap)
    return choose(batch, batch.regions, rate, "regions", *purpose, units=units)


def overlapping(boxes: Tensor, regions: Tensor, least: float) -> Tensor:
    """Groups of regions of which each overlaps another of its group.

    A hidden region whose neighbour covers the same thing could be read off the neighbour.

    Args:
        boxes: x1, y1, x2, y2, `(B, R, 4)`.
        regions: which are there, `(B, R)` bool; the others are groups of one.
        least: intersection over union from which two overlap.

    Returns:
        The first of each one's group, `(B, R)` int64.
    """
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    union = area[:, :, None] + area[:, None, :] - shared
    near = (shared >= least * union) & (union > 0)
    near &= regions[:, :, None] & regions[:, None, :]
    number = boxes.shape[1]
    near |= torch.eye(number, dtype=torch.bool)
    first = torch.arange(number).expand(len(boxes), -1)
    while True:  # each takes the least of its neighbours, until nothing changes
        now = torch.where(near, first[:, None, :], number).amin(-1)
        if torch.equal(now, first):
            return first
        first = now


def written(batch: Batch) -> Tensor:
    """The words as they were before any task hid some, `(B, T)`."""
    return batch.notes.get("written", batch.tokens)


def hide_words(
    batch: Batch, chosen: Tensor, words: Words, kept: float, random: float, *purpose: int | str
) -> None:
    """Replace chosen words by the mask token, or by any other, or leave them (BERT's 80/10/10).

    Each token of a word by itself, as BERT's whole-word masking does. What the words were stays
    known (`written`), for the tasks that hide more of them.

    Args:
        batch: its `tokens` are changed.
        chosen: `(B, T)` bool.
        words: for the mask token and the ordinary ones.
        kept: share of the chosen that stays as it is.
        random: share of the chosen that becomes any ordinary token.
        purpose: what for.
    """
    batch.notes.setdefault("written", batch.tokens)
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
