"""A caption's tokens and facts about its words in; the tokens of both, and who sees whom, out.

K-BERT's sentence tree (Liu et al., "K-BERT: Enabling Language Representation with Knowledge
Graph", AAAI 2020): the caption is the trunk, and each fact (`is a canine`) a branch behind the
last token of the words that it tells of. Soft positions go on along a branch from there, as if it
were the only one, and along the trunk as if there were none. A branch sees itself and the words it
hangs on, and only they see it, so that a fact changes what its words mean and nothing else.
The facts are those of the labeler knowledge's table `branches`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from curate.dataset.errors import DataError


class Branch(NamedTuple):
    """A fact about some words of a caption, as tokens."""

    start: int  # of the words: characters from the caption's start
    end: int  # one past their last character
    tokens: Sequence[int]


class Injected(NamedTuple):
    """A sentence tree laid in a row of T tokens."""

    tokens: np.ndarray  # (T,) int64
    positions: np.ndarray  # (T,) int64: soft ones, that position embeddings are looked up by
    visible: np.ndarray  # (T, T) bool: whether the row's token may attend to the column's
    trunk: np.ndarray  # (T,) bool: whether it is one of the caption's own


def inject(
    tokens: Sequence[int],
    spans: Sequence[tuple[int, int]],
    branches: Sequence[Branch],
    most: int | None = None,
) -> Injected:
    """Hang facts into a tokenised caption.

    Args:
        tokens: of the caption, those of the tokenizer's own (start, end) among them.
        spans: characters that each stands for, `(0, 0)` for the tokenizer's own, as a
            tokenizer's offsets mapping gives them.
        branches: facts; those of words that are not among the tokens are left out.
        most: tokens in all, at most; facts that do not fit are left out, the last ones first.

    Raises:
        DataError: there are not as many spans as tokens, or the caption alone is too long.
    """
    if len(tokens) != len(spans):
        raise DataError(f"{len(tokens)} tokens have {len(spans)} spans")
    if most is not None and len(tokens) > most:
        raise DataError(f"a caption of {len(tokens)} tokens does not fit in {most}; cut it before")
    left = len(branches) * max((len(b.tokens) for b in branches), default=0)
    left = left if most is None else most - len(tokens)
    hung: dict[int, list[tuple[list[int], Branch]]] = {}
    for branch in branches:
        words = [i for i, span in enumerate(spans) if _within(span, branch)]
        if words and 0 < len(branch.tokens) <= left:
            hung.setdefault(words[-1], []).append((words, branch))
            left -= len(branch.tokens)
    return _laid(tokens, hung)


def _within(span: tuple[int, int], branch: Branch) -> bool:
    """Whether a token stands for some of a branch's words."""
    return span[0] < span[1] and span[0] < branch.end and branch.start < span[1]


def _laid(tokens: Sequence[int], hung: dict[int, list[tuple[list[int], Branch]]]) -> Injected:
    """The tree in a row: each branch right behind the token that it hangs on."""
    row: list[int] = []
    positions: list[int] = []
    trunk: list[int] = []  # place in the row of each of the caption's tokens
    placed: list[tuple[list[int], range]] = []
    for index, token in enumerate(tokens):
        trunk.append(len(row))
        row.append(token)
        positions.append(index)
        for words, branch in hung.get(index, ()):
            placed.append((words, range(len(row), len(row) + len(branch.tokens))))
            row += branch.tokens
            positions += range(index + 1, index + 1 + len(branch.tokens))
    visible = np.zeros((len(row), len(row)), np.bool_)
    visible[np.ix_(trunk, trunk)] = True
    for words, places in placed:
        own = [trunk[word] for word in words]
        visible[np.ix_(places, places)] = True
        visible[np.ix_(own, places)] = True
        visible[np.ix_(places, own)] = True
    is_trunk = np.zeros(len(row), np.bool_)
    is_trunk[trunk] = True
    return Injected(np.array(row, np.int64), np.array(positions, np.int64), visible, is_trunk)
