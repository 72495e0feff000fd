"""Questions with answers in, how often who never sees a picture guesses them, out.

The blind guesser knows what a question is of (its kind) and its words: naive Bayes, by counting,
with add-one smoothing. It learns from one half of the pictures, chosen by hash, and guesses of the
other, and the other way round. What is asked of two pictures because their answers differ is in one
half by its words, since either would only mislead about the other. Where answers can be told from
questions, so can a model learn to.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from align.negatives.form import draw
from align.questions.asking import Question
from curate.dataset.questions import KINDS, YES, YES_NO

_PAIRED = ("twin", "others")  # how questions come about that are asked of two pictures
_WORD = re.compile(r"\w+")


def figures(asked: Sequence[Question]) -> dict[str, dict[str, Any]]:
    """For each kind: questions, distinct answers, and shares guessed by kind and by words."""
    guessed = guesses(asked)
    found: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        own = [place for place, one in enumerate(asked) if one.kind == kind]
        if not own:
            continue
        answers = Counter(asked[place].answer for place in own)
        right = sum(guessed[place] == asked[place].answer for place in own)
        found[kind] = {
            "questions": len(own),
            "answers": len(answers),
            "majority": max(answers.values()) / len(own),
            "guessed_by_words": right / len(own),
            **({"yes": answers[YES] / len(own)} if kind in YES_NO else {}),
        }
    return found


def guesses(asked: Sequence[Question]) -> list[str | None]:
    """The guess for each question; None where the other half has none of the kind."""
    half = [draw(one.text if one.how in _PAIRED else one.image, "half") < 0.5 for one in asked]
    found: list[str | None] = [None] * len(asked)
    for own in (True, False):
        learnt = _Guesser([one for one, mine in zip(asked, half, strict=True) if mine != own])
        for place, one in enumerate(asked):
            if half[place] == own:
                found[place] = learnt.guess(one)
    return found


class _Guesser:
    """Naive Bayes over the words of the questions of each kind.

    Args:
        asked: questions to learn from.
    """

    def __init__(self, asked: Sequence[Question]) -> None:
        by_kind: defaultdict[str, list[Question]] = defaultdict(list)
        for one in asked:
            by_kind[one.kind].append(one)
        self._learnt = {kind: self._learn(those) for kind, those in by_kind.items()}

    def guess(self, one: Question) -> str | None:
        """The likeliest answer; of several the one that comes first by letters."""
        if one.kind not in self._learnt:
            return None
        answers, words, prior, likely = self._learnt[one.kind]
        own = [words[word] for word in sorted(_words(one)) if word in words]
        return answers[int((prior + likely[:, own].sum(1)).argmax())]

    @staticmethod
    def _learn(
        asked: Sequence[Question],
    ) -> tuple[list[str], dict[str, int], np.ndarray, np.ndarray]:
        """Answers; words by column; log prior `(A,)`; log chance of each word `(A, W)`."""
        answers = sorted({one.answer for one in asked})
        words = {w: n for n, w in enumerate(sorted({w for one in asked for w in _words(one)}))}
        row = {answer: n for n, answer in enumerate(answers)}
        counts, number = np.ones((len(answers), len(words))), np.zeros(len(answers))
        for one in asked:
            number[row[one.answer]] += 1
            counts[row[one.answer], [words[word] for word in _words(one)]] += 1
        return answers, words, np.log(number), np.log(counts / (number[:, None] + 2))


def _words(one: Question) -> set[str]:
    return set(_WORD.findall(one.text.lower()))
