"""What answers without learning: training examples and those asked in; answers to these, out.

`commonest` says of each kind of example what is right most often, `blind` what is right most often
of the very text, which is all that a reader without pictures can learn, and `by_lot` draws. What is
above these was learnt from pictures. `nearest` looks, and learns nothing: it says what is right of
the training picture that is most alike.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import labels as label_tables
from train import draws
from train.corpus import LABELER, Regions
from train.tasks.answering import Answer, Answers

_WHOLE = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)  # the box of a picture
_TOLD = ("example", "text", "lang", "kind", "images", "choices", "answers", "scores", "boxes")
_AT_ONCE = 1024  # pictures that are compared with all others
_Names = Callable[[dict[str, Any]], list[Hashable]]


def commonest(training: pa.Table, asked: pa.Table) -> Answers:
    """Of each kind the answer with the highest summed score; the whole picture, where a region is.

    Of choices, the place that is right most often.

    Args:
        training: the training examples, schema `train.tasks.examples.EXAMPLES`.
        asked: those that are answered.
    """
    return _likeliest(training, asked, lambda row: [(row["kind"],), ()])


def blind(training: pa.Table, asked: pa.Table) -> Answers:
    """The same of each text, letter case aside; of a text that is not known, of its kind."""
    return _likeliest(
        training, asked, lambda row: [(row["kind"], row["text"].casefold()), (row["kind"],), ()]
    )


def by_lot(training: pa.Table, asked: pa.Table, regions: Regions) -> Answers:
    """Any training answer in its language, any of an example's choices, or its regions shuffled.

    Args:
        training: the training examples.
        asked: those that are answered.
        regions: of the pictures that they are about.
    """
    told: defaultdict[str, set[str]] = defaultdict(set)
    for row in _rows(training):
        told[row["lang"]].update(row["answers"])
    known = {lang: sorted(answers) for lang, answers in told.items()}
    place = {name: number for number, name in enumerate(regions.names.to_pylist())}
    rows = _rows(asked)
    keys = np.array([draws.number("lot", row["example"]) for row in rows], np.uint64)
    most = regions.boxes.shape[1]
    chances = draws.uniform(keys, 1 + most, "lot")
    found: Answers = {}
    for row, (chance, *order) in zip(rows, chances.tolist(), strict=True):
        if row["boxes"]:
            number = place.get(row["images"][0])
            there: Any = [] if number is None else np.flatnonzero(regions.present[number])
            shuffled = sorted(there, key=order.__getitem__)
            found[row["example"]] = regions.boxes[number, shuffled].reshape(-1, 4)
        else:
            among = row["choices"] or known.get(row["lang"], [""])
            found[row["example"]] = among[int(chance * len(among))]
    return found


def nearest(training: pa.Table, asked: pa.Table, labels: Path) -> Answers:
    """What is right of the most similar training picture about which the same text was asked.

    Args:
        training: the training examples.
        asked: those that are answered.
        labels: folder of the labelers' tables of their pictures, whose vectors say what is alike.

    Returns:
        Nothing of what is chosen among an example's own, and of several pictures; nor where a
        picture has no regions, or no other was asked about.
    """
    images = pa.chunked_array([c for t in (training, asked) for c in t.column("images").chunks])
    wanted = pc.unique(images.combine_chunks().flatten())
    table = label_tables.read(LABELER, "images", labels, None, ["image", "embedding"], wanted)
    vectors = np.array(table.column("embedding").to_pylist(), np.float32)
    place = {name: number for number, name in enumerate(table.column("image").to_pylist())}

    def grouped(examples: pa.Table) -> dict[str, list[dict[str, Any]]]:
        groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in _rows(examples):
            alone = len(row["images"]) == 1 and not row["choices"] and not row["boxes"]
            if alone and row["images"][0] in place:
                groups[row["text"].casefold()].append(row)
        return groups

    found: Answers = {}
    known = grouped(training)
    for text, rows in grouped(asked).items():
        others = [row for row in known.get(text, ()) if row["answers"]]
        theirs = vectors[[place[row["images"][0]] for row in others]]
        for start in range(0, len(rows) if others else 0, _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            alike = vectors[[place[row["images"][0]] for row in some]] @ theirs.T
            for row, at in zip(some, alike.argmax(1).tolist(), strict=True):
                told = others[at]
                found[row["example"]] = told["answers"][int(np.argmax(told["scores"]))]
    return found


def _likeliest(training: pa.Table, asked: pa.Table, names: _Names) -> Answers:
    """The likeliest answer by the first of an example's names that a training example has."""
    told: defaultdict[Hashable, Counter[str | int]] = defaultdict(Counter)
    for row in _rows(training):
        for answer, score in zip(row["answers"], row["scores"], strict=True):
            place = row["choices"].index(answer) if answer in row["choices"] else answer
            for name in names(row):
                told[name][place] += score
    best = {name: max(said, key=lambda one: (said[one], str(one))) for name, said in told.items()}
    return {row["example"]: _answer(row, best, names) for row in _rows(asked)}


def _answer(row: dict[str, Any], best: dict[Hashable, str | int], names: _Names) -> Answer:
    """What is likeliest of an example: a word, the choice at a place, or the whole picture."""
    if row["boxes"]:
        return _WHOLE
    found = next((best[name] for name in names(row) if name in best), "")
    if isinstance(found, int):
        return str(row["choices"][found]) if found < len(row["choices"]) else ""
    return found


def _rows(examples: pa.Table) -> list[dict[str, Any]]:
    return list(examples.select(_TOLD).to_pylist())
