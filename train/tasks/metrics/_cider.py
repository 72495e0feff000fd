"""CIDEr-D (Vedantam et al., 2015), as COCO's evaluator computes it.

Of n-grams, n from 1 to 4, captions are vectors of counts, each worth the logarithm of how rare it
is among the pictures' references. A caption is compared with each reference by the cosine, in which
it gains nothing by more of an n-gram than the reference has, times a Gaussian of the difference in
length. Ten times the mean is the score. The evaluator's length is the number of pairs of words.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

Text = tuple[str, ...]
_LONGEST = 4  # words of an n-gram
_SIGMA = 6.0  # pairs of words
_SCALE = 10.0


class _Vector(NamedTuple):
    """A caption's n-grams by their length, with their weights, norms, and pairs of words."""

    weights: list[dict[Text, float]]
    norms: list[float]
    length: int


def grams(text: Text, size: int) -> list[Text]:
    """The n-grams of a text, in their order."""
    return [text[start : start + size] for start in range(len(text) - size + 1)]


def scores(captions: Sequence[Text], references: Sequence[Sequence[Text]]) -> list[float]:
    """CIDEr-D of each caption, 0-10.

    Args:
        captions: words of each.
        references: of each one's picture, at least one; these pictures are what n-grams are rare
            among.
    """
    shown: Counter[Text] = Counter()
    for told in references:
        shown.update({g for text in told for n in range(_LONGEST) for g in grams(text, n + 1)})
    rarest = math.log(len(references)) if references else 0.0

    def vector(text: Text) -> _Vector:
        counts = [Counter(grams(text, n + 1)) for n in range(_LONGEST)]
        weights = [
            {
                gram: number * (rarest - math.log(max(1, shown[gram])))
                for gram, number in own.items()
            }
            for own in counts
        ]
        norms = [math.hypot(*own.values()) for own in weights]
        return _Vector(weights, norms, counts[1].total())

    return [
        _SCALE * sum(_alike(vector(text), vector(one)) for one in told) / len(told)
        for text, told in zip(captions, references, strict=True)
    ]


def _alike(caption: _Vector, reference: _Vector) -> float:
    """The mean of the clipped cosines, less for another length, 0-1."""
    found = 0.0
    for own, other, norm, their in zip(
        caption.weights, reference.weights, caption.norms, reference.norms, strict=True
    ):
        if norm and their:
            shared = (
                (min(weight, other.get(g, 0.0)), other.get(g, 0.0)) for g, weight in own.items()
            )
            found += sum(least * theirs for least, theirs in shared) / (norm * their)
    apart = caption.length - reference.length
    return found / _LONGEST * math.exp(-(apart**2) / (2 * _SIGMA**2))
