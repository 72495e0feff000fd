"""Captions and those that follow them in; one text of both, and where the second begins, out.

A second caption follows a first in one of two ways. Another picture's or another of the same
picture, in the same language, follows as BERT's sentences do: [CLS] first [SEP] second [SEP], and
positions go on (VisualBERT; `train/sentences.py`). A translation follows whole, with its start
token, and positions start anew, so that its words stand where they stand when it is read alone:
so have UC2 (Zhou et al., 2021; its code starts positions anew at each start token) and XLM (Lample
& Conneau, 2019), which has a vector of each language in the segments' place
(`train/translations.py`). The second has a segment of its own in either.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from train.text import Tokens, Words

_UNITS = ("words", "phrases")  # notes that name places of a caption's own tokens


class Way(NamedTuple):
    """How second captions follow.

    Attributes:
        translated: whether they say the same in another language: such pairs match, and count in
            no matching; else matching is about them.
        start: whether they keep their start token.
        anew: whether their positions start anew.
        limit: tokens of both captions, the special ones among them; None: both are whole.
    """

    translated: bool
    start: bool
    anew: bool
    limit: int | None


TRANSLATION = Way(translated=True, start=True, anew=True, limit=None)
SENTENCE = Way(translated=False, start=False, anew=False, limit=None)


class Second(NamedTuple):
    """The second captions of a batch.

    Attributes:
        begin: where they begin, T where there is none, `(B,)` int64.
        way: how they follow.
    """

    begin: Tensor
    way: Way

    def there(self, width: int) -> Tensor:
        """Which pairs have one, `(B,)` bool, of captions that are `width` tokens wide."""
        return self.begin < width

    def of(self, rows: Tensor) -> "Second":
        """Those of some rows."""
        return self._replace(begin=self.begin[rows])


def lay(
    captions: Tokens, texts: np.ndarray, seconds: np.ndarray, way: Way, words: Words
) -> tuple[Tensor, Second | None]:
    """Captions of some rows, each followed by that of another row, where it has one.

    The longer of two loses words where they are too long.

    Args:
        captions: all of them.
        texts: rows of the first captions, `(B,)`.
        seconds: rows of the second, -1 for none, `(B,)`.
        way: how they follow.
        words: the tokenizer.

    Returns:
        Token ids `(B, T)` int64, and where the second captions begin; None where no pair has one.
    """
    two = np.flatnonzero(seconds >= 0)
    if not len(two):
        return torch.from_numpy(captions.padded(texts, words.pad)), None
    first, second = captions.lengths()[texts] - 2, captions.lengths()[seconds[two]] - 2
    if way.limit is not None:
        left = way.limit - 3 - way.start
        first[two] = np.minimum(first[two], np.maximum(left - left // 2, left - second))
        second = np.minimum(second, left - first[two])
    begin, length = first + 2, second + 1 + way.start
    width = max(int(begin.max()), int((begin[two] + length).max()))
    found = np.full((len(texts), width), words.pad)
    found[:, : begin.max()] = _cut(captions, texts, first, words)
    row, at = np.nonzero(np.arange(length.max()) < length[:, None])
    behind = _cut(captions, seconds[two], second, words)[:, not way.start :]
    found[two[row], begin[two[row]] + at] = behind[row, at]
    begins = torch.from_numpy(np.where(seconds >= 0, begin, width))
    return torch.from_numpy(found), Second(begins, way)


def _cut(captions: Tokens, rows: np.ndarray, kept: np.ndarray, words: Words) -> np.ndarray:
    """The captions of some rows with so many of their words, `(B, most + 2)`."""
    found = captions.padded(rows, words.pad)[:, : int(kept.max()) + 2]
    after = np.arange(found.shape[1]) - kept[:, None] - 1
    return np.where(after < 0, found, np.where(after == 0, words.end, words.pad))


def join(
    notes: dict[str, Tensor], further: Callable[[], dict[str, Tensor]], second: Second, width: int
) -> dict[str, Tensor]:
    """The notes of captions of which some are followed by another.

    Words and phrases are told of both. Graphs, alignments, facts and meanings are those of the
    first alone; and what belongs to which picture is not told of two captions, so that vectors are
    compared of single ones, as they are when a model is used.

    Args:
        notes: of the first captions, as wide as both.
        further: gives those of the second, as wide.
        second: where these begin.
        width: of both, in tokens.
    """
    joined = dict(notes)
    if units := [name for name in _UNITS if name in notes]:
        others, start = further(), second.begin[:, None]
        own = start - int(not second.way.start)  # where the second's start token is or would be
        at = torch.arange(width).expand(len(start), -1)
        for name in units:
            moved = others[name].gather(1, (at - own).clamp(min=0)) + own
            joined[name] = torch.where(at >= start, moved, notes[name])
    if "said" in notes:
        joined["said"] = notes["said"].clone()
        joined["said"][second.there(width), 0] = -1
    return joined


def placed(width: int, second: Second, most: int) -> tuple[Tensor | None, Tensor]:
    """Position, less than `most`, and segment of each token of some captions, `(B, width)` each.

    Positions are None where they go on.
    """
    at: Any = torch.arange(width, device=second.begin.device)[None, :]
    later = at >= second.begin[:, None]
    if not second.way.anew:
        return None, later.long()
    return torch.where(later, at - second.begin[:, None], at).clamp(max=most - 1), later.long()
