"""Accuracy of VQA v2: an answer that three of ten humans gave is right, each fewer a third less.

As the official evaluator has it (GT-Vision-Lab/VQA, vqaEval.py, revision a013f00, the newest): ten
times nine of the humans are asked, min(how many of them said so / 3, 1), and the mean is taken.
Where the ten did not all write the same, the model's answer and theirs are brought to one form
first; where they did, neither is, since such questions often ask to read a text. Figures by older
revisions, such as c4e6a0e, are lower: there the model's answer alone is wholly brought to that
form, always, and theirs, where they differ, loses its marks and nothing else.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from train.tasks.metrics import _tally
from train.tasks.metrics._apostrophes import CONTRACTIONS
from train.tasks.metrics._tally import Judged

HUMANS, QUESTION_TYPE = "humans", "question type"  # details
_ENOUGH = 3  # humans
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_DIGITS = {word: str(number) for number, word in enumerate(_NUMBERS)} | {"none": "0"}
_ARTICLES = ("a", "an", "the")
_MARKS = ';/[]"{}()=+\\_-><@`,?!'  # neither the apostrophe nor the colon
_PERIOD = re.compile(r"\.(?!\d)")
_PERIODS = 32  # as many as the evaluator takes out: it gives a flag where the count is expected
_THOUSANDS = re.compile(r"\d,\d")


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Accuracy overall, by type of answer (an example's kind) and by type of question.

    Args:
        examples: schema `examples.EXAMPLES`, with what the humans answered in `details`.
        answers: schema `metrics.ANSWERS`.
    """
    judged = [
        Judged(row, 0.0 if answer is None else accuracy(answer, _tally.detail(row, HUMANS)))
        for answer, row in _tally.paired(examples, answers, ("kind", "details"))
    ]
    return _tally.accuracy(judged) | {
        "answer_types": _tally.by(judged, lambda row: row["kind"]),
        "question_types": _tally.by(judged, lambda row: _tally.detail(row, QUESTION_TYPE)[0]),
    }


def accuracy(answer: str, humans: Sequence[str]) -> float:
    """Of one answer, beside those of the humans."""
    answer, said = _clean(answer), [_clean(human) for human in humans]
    if len(set(said)) > 1:
        answer, said = normal(answer), [normal(human) for human in said]
    return _of(said.count(answer), len(said))


def scores(humans: Sequence[str]) -> dict[str, float]:
    """Every answer that the humans gave, in one form, and its accuracy: what a model may learn.

    Of ten humans min(0.3 x how many, 1), as Teney et al. (2018), Pythia and LXMERT have it.
    """
    said = [_clean(human) for human in humans]
    if len(set(said)) > 1:
        said = [normal(human) for human in said]
    return {answer: _of(count, len(said)) for answer, count in Counter(said).items()}


def normal(text: str) -> str:
    """An answer without marks, articles and words for numbers, its apostrophes where they belong.

    A mark that touches a space is left out, as is every mark of a text with a comma inside a
    number; another becomes a space. A period stays before a digit.
    """
    found = text
    for mark in _MARKS:
        apart = f"{mark} " in text or f" {mark}" in text or _THOUSANDS.search(text)
        found = found.replace(mark, "" if apart else " ")
    found = _PERIOD.sub("", found, count=_PERIODS)
    words = (_DIGITS.get(word, word) for word in found.lower().split())
    return " ".join(CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)


def _clean(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


def _of(count: int, number: int) -> float:
    """Mean over the humans of what those but one say, if `count` of `number` gave the answer."""
    with_one = min((count - 1) / _ENOUGH, 1.0)  # left out is one who gave it
    return (count * with_one + (number - count) * min(count / _ENOUGH, 1.0)) / number
