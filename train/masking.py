"""A batch in, which of its words and regions are masked out: drawn, so that tasks can share it.

What is chosen may be units of several: the tokens of a word, the words of a phrase, regions that
overlap. A unit is named by its first member, and its members share that one's draw; so each token
and each region is chosen at the rate, whatever the units.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from train import draws, knowledge
from train.batch import Batch
from train.text import Words


def choose(
    batch: Batch,
    what: Tensor,
    rate: float,
    *purpose: int | str,
    units: Tensor | None = None,
    forced: Literal["no", "first", "any"] = "no",
) -> Tensor:
    """Choose some of the words or regions of each pair.

    The choice does not depend on whether the pair matches: were only matched pairs masked, a
    mask would tell image-text matching its answer.

    Args:
        batch: gives each pair's key.
        what: those that may be chosen, `(B, L)` bool.
        rate: chance of each.
        purpose: what for; two tasks with one purpose get the same choice.
        units: for each the place of the first of those that are chosen with it, `(B, L)` int64;
            None: each by itself.
        forced: what a pair gets of which nothing was chosen: the first that may be, or any.

    Returns:
        `(B, L)` bool.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, what.shape[1], *purpose))
    if units is not None:
        chance = chance.gather(1, units)
    chosen = what & (chance < rate)
    if forced == "no":
        return chosen
    place = torch.arange(what.shape[1]).expand(what.shape)
    order = (place if forced == "first" else chance).to(chance.dtype)
    unit = place if units is None else units
    taken = unit.gather(1, order.masked_fill(~what, torch.inf).argmin(1, keepdim=True))
    return chosen | (what & (unit == taken) & ~chosen.any(1, keepdim=True))


def choose_words(
    batch: Batch,
    what: Tensor,
    rate: float,
    *purpose: int | str,
    units: Tensor | None = None,
    forced: bool = False,
) -> Tensor:
    """Choose some of the words of each pair whose words may be masked; args are those of `choose`.

    A pair of which none was chosen gets its first one with `forced` (UNITER).
    """
    what = what & batch.maskable[:, :1]
    return choose(batch, what, rate, *purpose, units=units, forced="first" if forced else "no")


def choose_regions(
    batch: Batch, rate: float, overlap: float | None, *purpose: int | str, forced: bool = False
) -> Tensor:
    """Choose some of the regions of each pair whose regions may be masked.

    Args:
        batch: gives the regions.
        rate: chance of each.
        overlap: intersection over union from which two are chosen together; None: never.
        purpose: what for.
        forced: whether a pair of which none was chosen gets any one (UNITER).

    Returns:
        `(B, R)` bool.
    """
    units = None if overlap is None else overlapping(batch.boxes, batch.regions, overlap)
    what = batch.regions & batch.maskable[:, 1:]
    force: Literal["no", "any"] = "any" if forced else "no"
    return choose(batch, what, rate, "regions", *purpose, units=units, forced=force)


def choose_sides(batch: Batch, *purpose: int | str) -> None:
    """Let of each pair either the words or the regions be masked, as likely the one as the other.

    What is hidden of one side can then be told by the whole of the other (UNITER's conditional
    masking).
    """
    words = torch.from_numpy(draws.uniform(batch.keys, 1, "side", *purpose)[:, 0] < 0.5)
    batch.maskable = batch.maskable & torch.stack([words, ~words], 1)


def withhold(batch: Batch, share: float, *purpose: int | str) -> None:
    """Show a share of the captions without their pictures, as text alone (VL-BERT).

    Such a pair has no region, and does not count as matched.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, 1, "withheld", *purpose)[:, 0])
    batch.withheld = chance < share
    batch.matched = batch.matched & ~batch.withheld
    batch.regions = batch.regions & ~batch.withheld[:, None]
    if "shown" in batch.notes:  # its picture is not there to be found
        batch.notes["shown"][batch.withheld, 0] = -1


def sample(batch: Batch, read: int, cells: int, *purpose: int | str) -> None:
    """Let some patches, or cells of a grid, be read of each picture, and no others (Pixel-BERT).

    Args:
        batch: is changed.
        read: how many of each picture.
        cells: how many each has.
        purpose: what for.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, cells, "cells", *purpose))
    batch.cells = chance.argsort(1).argsort(1) < read


def counted(batch: Batch, mismatched: bool) -> Tensor:
    """The pairs whose hidden words and regions are to be predicted, `(B,)` bool.

    Args:
        batch: says which pairs match; captions without pictures count, too.
        mismatched: whether those that do not match count.
    """
    if mismatched:
        return torch.ones_like(batch.matched)
    return batch.matched if batch.withheld is None else batch.matched | batch.withheld


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
    near, number = _near(boxes, regions, least), boxes.shape[1]
    first = torch.arange(number).expand(len(boxes), -1)
    while True:  # each takes the least of its neighbours, until nothing changes
        now = torch.where(near, first[:, None, :], number).amin(-1)
        if torch.equal(now, first):
            return first
        first = now


def beside(batch: Batch, chosen: Tensor, least: float) -> Tensor:
    """The regions that overlap a chosen one, the chosen among them, `(B, R)` bool.

    Args:
        batch: gives the regions.
        chosen: `(B, R)` bool.
        least: as in `overlapping`.
    """
    return (_near(batch.boxes, batch.regions, least) & chosen[:, None, :]).any(-1)


def _near(boxes: Tensor, regions: Tensor, least: float) -> Tensor:
    """Which two regions overlap, each itself among them, `(B, R, R)` bool; see `overlapping`."""
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    union = area[:, :, None] + area[:, None, :] - shared
    near = (shared >= least * union) & (union > 0)
    near &= regions[:, :, None] & regions[:, None, :]
    return near | torch.eye(boxes.shape[1], dtype=torch.bool)


def written(batch: Batch) -> Tensor:
    """The words as they were before any task hid some, `(B, T)`."""
    return batch.notes.get("written", batch.tokens)


def hide_words(
    batch: Batch, chosen: Tensor, words: Words, kept: float, random: float, *purpose: int | str
) -> None:
    """Replace chosen words by the mask token, or by any other, or leave them (BERT's 80/10/10).

    Each token of a word by itself, as BERT's whole-word masking does. What the words were stays
    known (`written`), for the tasks that hide more of them; what is known of them does not.

    Args:
        batch: its `tokens` are changed.
        chosen: `(B, T)` bool.
        words: for the mask token and the ordinary ones.
        kept: share of the chosen that stays as it is.
        random: share of the chosen that becomes any ordinary token.
        purpose: what for.
    """
    batch.notes.setdefault("written", batch.tokens)
    knowledge.conceal(batch, chosen)
    width = chosen.shape[1]
    way = torch.from_numpy(draws.uniform(batch.keys, width, *purpose, "how"))
    which = draws.uniform(batch.keys, width, *purpose, "which")
    any_word = words.ordinary[(which * len(words.ordinary)).astype(np.int64)]
    masked = chosen & (way >= kept + random)
    replaced = chosen & (way >= kept) & ~masked
    batch.tokens = torch.where(replaced, torch.from_numpy(any_word), batch.tokens)
    batch.tokens = batch.tokens.masked_fill(masked, words.mask)


def true_features(batch: Batch) -> Tensor:
    """The regions' features as they were before any was replaced by another's, `(B, R, F)`."""
    return batch.notes.get("true_features", batch.features)


def hide_regions(
    batch: Batch, chosen: Tensor, kept: float, *purpose: int | str, random: float = 0.0
) -> Tensor:
    """Zero the features of chosen regions, or replace them by another picture's, or leave them.

    What a replaced feature was stays known (`true_features`).

    Args:
        batch: its `hidden`, and with `random` its `features`, are changed.
        chosen: `(B, R)` bool.
        kept: share of the chosen whose feature stays as it is.
        purpose: what for.
        random: share of the chosen that gets the feature of a region of another pair of the
            batch (LXMERT).

    Returns:
        The chosen whose feature did not stay, `(B, R)` bool.
    """
    how = torch.from_numpy(draws.uniform(batch.keys, chosen.shape[1], *purpose, "how"))
    batch.hidden = batch.hidden | (chosen & (how >= kept + random))
    if random:
        features = batch.notes.setdefault("true_features", batch.features)
        others = _others(batch, features, *purpose)
        replaced = chosen & (how >= kept) & (how < kept + random)
        batch.features = torch.where(replaced[..., None], others, batch.features)
    return chosen & (how >= kept)


def _others(batch: Batch, features: Tensor, *purpose: int | str) -> Tensor:
    """For each region the feature of one of another pair of the batch, `(B, R, F)`."""
    number, most = batch.regions.shape
    chance = torch.from_numpy(draws.uniform(batch.keys, 2 * most, *purpose, "other"))
    ahead = 1 + (chance[:, :most] * (number - 1)).long()
    row = (torch.arange(number)[:, None] + ahead) % number
    region = (chance[:, most:] * batch.regions.sum(1)[row]).long()
    return features[row, region]
