"""Two captions in, what a reader who never sees the picture takes for the true one, out.

Hsieh et al. (SugarCrepe, 2023) and Lin et al. (2024) found that sets of hard negatives can often be
solved blindly. Each attacker here says +1 where it takes the true caption, -1 where it takes the
negative, 0 where it sees no difference; half of those count as right.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from align.negatives.words import Words

NAMES = ("length", "ngrams", "articles", "spacing")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_MISTAKEN = re.compile(r"\ba (?=[aeio])|\ban (?![aeiouh])", re.IGNORECASE)
_ODD_SPACE = re.compile(r"\s{2,}|^\s|\s$|\s[.,;](?:\s|$)")
START = "<s>"
_BIGRAM = 0.7  # weight of the bigram against the single word
_UNSEEN = 0.5  # added to a word's count


class Counts(NamedTuple):
    """How often a language's captions hold each word, and each one behind another."""

    words: Counter[str]
    bigrams: Counter[tuple[str, str]]


class Bigrams:
    """An interpolated bigram model of one language's captions.

    Args:
        counts: of its captions.
        scattered: whether words stand apart; else each character is a token.
    """

    def __init__(self, counts: Counts, *, scattered: bool) -> None:
        self._words, self._bigrams = counts
        self._scattered = scattered
        self._total = sum(self._words.values())
        self._kinds = len(self._words) + 1

    def surprise(self, caption: str, without: Counts) -> float:
        """Mean of -log p over a caption's tokens (nats), as if some counts were not there."""
        told = tokens(caption, scattered=self._scattered)
        steps = list(zip([START, *told], told, strict=False))
        total = self._total - sum(without.words.values())
        spent = 0.0
        for first, second in steps:
            alone = max(0, self._words[second] - without.words[second])
            single = (alone + _UNSEEN) / (total + _UNSEEN * self._kinds)
            before = max(0, self._words[first] - without.words[first])
            pair = max(0, self._bigrams[first, second] - without.bigrams[first, second])
            after = pair / before if before > 0 else single
            spent -= math.log(_BIGRAM * after + (1 - _BIGRAM) * single)
        return spent / max(len(steps), 1)


def tokens(caption: str, *, scattered: bool) -> list[str]:
    """Words and marks, or characters, in lower case."""
    return _TOKEN.findall(caption.lower()) if scattered else list(caption.lower())


def count(captions: Iterable[str], *, scattered: bool) -> Counts:
    """Counts of some captions, each of them once."""
    words: Counter[str] = Counter()
    bigrams: Counter[tuple[str, str]] = Counter()
    for caption in captions:
        told = tokens(caption, scattered=scattered)
        words[START] += 1
        words.update(told)
        bigrams.update(zip([START, *told], told, strict=False))
    return Counts(words, bigrams)


def signs(true: str, false: str, seen: Counts, model: Bigrams, words: Words) -> tuple[int, ...]:
    """What each of `NAMES` says of a true caption and a false one.

    Args:
        true: the caption, or its twin.
        false: the negative.
        seen: counts of the caption that the model has seen, and is made to forget.
        model: of the captions' language.
        words: of that language.
    """
    surprises = [model.surprise(text, seen) for text in (false, true)]
    mistakes = [len(_MISTAKEN.findall(text)) for text in (false, true)]
    spaces = [len(_ODD_SPACE.findall(text)) for text in (false, true)]
    return (
        _sign(len(false), len(true)),
        _sign(*surprises),
        _sign(*mistakes) or _sign(words.articles(true), words.articles(false)),
        _sign(*spaces),
    )


def accuracy(found: Sequence[int]) -> float:
    """Share of pairs that an attacker gets right, 0-1, undecided ones by half."""
    return 0.5 + sum(found) / (2 * len(found)) if found else 0.5


def accuracies(found: Sequence[Sequence[int]]) -> Mapping[str, float]:
    """Each attacker's share of right pairs, of vectors as `signs` gives them."""
    return {name: accuracy([one[i] for one in found]) for i, name in enumerate(NAMES)}


def _sign(more: float, less: float) -> int:
    return (more > less) - (more < less)
