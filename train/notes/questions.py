"""Questions about the pictures, and keys of their answers, by the labeler `questions`.

Gives `questions` `(B, N, W)` int64, the tokens of each one, padded; `answers` `(B, N)` int64, a key
that follows from the answer's words alone (`key`); `answer_kinds` `(B, N)` int64, places in
`curate.dataset.questions.KINDS`; and `asked` `(B,)` int64, how many of the N a pair has: none with
a picture that is not its own. A question that is longer than captions may be is left out.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from curate.dataset import labels as label_tables
from curate.dataset.errors import DataError, EmptySetError
from curate.dataset.questions import KINDS, LABELER
from train import draws
from train.corpus import Corpus
from train.notes import Note
from train.text import Words

MOST = 9500  # answers that a model tells apart, at most: LXMERT's
_COLUMNS = ["image", "question", "text", "answer", "kind"]


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:
    """Read the questions about a corpus's pictures.

    Raises:
        DataError: the labeler has not labelled the pool, or knows a kind that is not known here.
    """
    rows = _rows(corpus, labels, labels_made)
    whole = words.encode(rows.column("text").to_pylist(), limit + 1).lengths() <= limit
    rows = rows.filter(pa.array(whole))
    texts = words.encode(rows.column("text").to_pylist(), limit)
    answers, kinds = (rows.column(name).to_pylist() for name in ("answer", "kind"))
    if unknown := sorted({*kinds} - {*KINDS}):
        raise DataError(
            f"{labels / LABELER}: no kind of question is named {', '.join(unknown)} "
            f"(known: {', '.join(KINDS)}); run `dvc repro` for the labeler again"
        )
    keys = np.array([key(answer) for answer in answers], np.int64)
    places = np.array([KINDS.index(kind) for kind in kinds], np.int64)
    owner = pc.index_in(rows.column("image"), value_set=corpus.regions.names).to_numpy()
    number = np.bincount(owner.astype(np.int64), minlength=len(corpus.regions.names))
    first = np.cumsum(number) - number
    most = int(number.max(initial=1))

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        image = corpus.image[pictures]
        own = np.where(corpus.image[shown] == image, number[image], 0)
        at, which = np.nonzero(np.arange(most) < own[:, None])
        rows = first[image[at]] + which
        padded = texts.padded(rows, words.pad)
        told = np.full((len(image), most, padded.shape[1]), words.pad)
        told[at, which] = padded
        key_of, kind_of = np.zeros((2, len(image), most), np.int64)
        key_of[at, which], kind_of[at, which] = keys[rows], places[rows]
        found = {
            "questions": told,
            "asked": own,
            "answers": key_of,
            "answer_kinds": kind_of,
        }
        return {name: torch.from_numpy(array) for name, array in found.items()}

    return note


def key(answer: str) -> int:
    """What an answer is known by, whatever others there are."""
    return draws.number("answer", answer)


def vocabulary(corpus: Corpus, labels: Path, labels_made: Path | None) -> tuple[str, ...]:
    """The answers to the questions about a corpus's pictures, the most frequent first.

    Raises:
        DataError: the labeler has not labelled the pool.
        EmptySetError: nothing is asked about the pictures.
    """
    told = Counter(_rows(corpus, labels, labels_made).column("answer").to_pylist())
    if not told:
        raise EmptySetError(
            f"{labels / LABELER} asks nothing about the training pictures; leave the task out "
            "(`objectives: {vqa: null}`)"
        )
    return tuple(sorted(told, key=lambda answer: (-told[answer], answer))[:MOST])


def _rows(corpus: Corpus, labels: Path, labels_made: Path | None) -> pa.Table:
    """The questions about a corpus's pictures, in their order."""
    names = corpus.regions.names
    rows = label_tables.read(LABELER, "questions", labels, labels_made, _COLUMNS, names)
    return rows.sort_by([(name, "ascending") for name in _COLUMNS[:2]]).combine_chunks()
