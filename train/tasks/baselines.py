"""What answers without looking: training examples and those asked in; answers to these, out.

`commonest` says of each kind of example what is right most often, `blind` what is right most often
of the very text, which is all that a reader without pictures can learn, and `by_lot` draws. What is
above these was learnt from pictures.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pyarrow as pa

from train import draws
from train.corpus import Regions
from train.tasks.answering import Answer, Answers

_WHOLE = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)  # the box of a picture
_TOLD = ("example", "text", "kind", "images", "choices", "answers", "scores", "boxes")
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
    """Any answer of the training examples, any of an example's choices, or its regions shuffled.

    Args:
        training: the training examples.
        asked: those that are answered.
        regions: of the pictures that they are about.
    """
    told = sorted(set(training.column("answers").combine_chunks().flatten().to_pylist()))
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
            among = row["choices"] or told
            found[row["example"]] = among[int(chance * len(among))]
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
