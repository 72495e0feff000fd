"""What answers without learning: training examples and those asked in; answers to these, out.

`commonest` says of each kind of example what is right most often. `blind` says what is right most
often of the very text, of one of its words, or of its kind, whichever tells most: so much a reader
without pictures learns with ease. Where a region is asked for, that is the place where it lies most
often. `by_lot` draws. What is above these was learnt from pictures. `nearest` looks, and learns
nothing: it says what is right of the training picture that is most alike.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import labels as label_tables
from curate.dataset.boxes import over_union
from curate.dataset.words import words
from train import draws
from train.corpus import LABELER, Regions
from train.tasks.answering import Answer, Answers
from train.tasks.metrics._overlap import SAME

_TOLD = ("example", "text", "lang", "kind", "images", "choices", "answers", "scores", "boxes")
_AT_ONCE = 1024  # pictures that are compared with all others
_DOUBT = 10  # examples that nothing is right of, beside those that something is known by
_PLACES, _COMPARED = 200, 2000  # boxes at most of which one is chosen, and that it is compared with
_Names = Callable[[dict[str, Any], str | None], list[Hashable]]
"""What an example is known by, given its kind, or none as if all kinds were one."""
_Sure = tuple[str | int | np.ndarray, float]  # a word, a place among choices, or boxes; its share


@dataclass
class _Said:
    """What is right of some training examples."""

    number: int = 0
    scores: Counter[str | int] = field(default_factory=Counter)  # of answers, or places of choices
    boxes: list[np.ndarray] = field(default_factory=list)  # around each example's regions


def commonest(training: pa.Table, asked: pa.Table) -> Answers:
    """Of each kind the answer with the highest summed score.

    Of choices, the place that is right most often; of regions, the training example's that is the
    same place, as `train.tasks.metrics.refcoco` has it, as most others.

    Args:
        training: the training examples, schema `train.tasks.examples.EXAMPLES`.
        asked: those that are answered.
    """
    return _likeliest(training, asked, lambda _, kind: [(kind,)])


def blind(training: pa.Table, asked: pa.Table) -> Answers:
    """The same of each text of a kind, letter case aside, of each of its words, or of the kind.

    Of these, what is right of the greatest share of the examples, ten more being counted: a word
    that was seen once tells little. Where training has nothing of the kind, all kinds are one.
    """

    def names(row: dict[str, Any], kind: str | None) -> list[Hashable]:
        text = row["text"].casefold()
        return [(kind, "", text), *((kind, word) for word in sorted({*words(text)})), (kind,)]

    return _likeliest(training, asked, names)


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


def picture_vectors(images: pa.Array, labels: Path) -> tuple[dict[str, int], np.ndarray]:
    """The vectors that a labeler gave some pictures, and which of them is a picture's.

    Args:
        images: of pictures, some of which may have no regions.
        labels: folder of the labelers' tables.

    Returns:
        Image -> row of the vectors, and those, `(n, E)` float32.
    """
    table = label_tables.read(LABELER, "images", labels, None, ["image", "embedding"], images)
    place = {name: number for number, name in enumerate(table.column("image").to_pylist())}
    return place, np.array(table.column("embedding").to_pylist(), np.float32)


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
    place, vectors = picture_vectors(wanted, labels)

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
    """What is right of most, by the surest of an example's names that a training example has."""
    told: defaultdict[Hashable, _Said] = defaultdict(_Said)
    for row in _rows(training):
        for name in (*names(row, row["kind"]), *names(row, None)):
            _add(told[name], row)
    best: dict[Hashable, _Sure] = {}
    found: Answers = {}
    for row in _rows(asked):
        of_kind, of_any = (
            [name for name in names(row, kind) if name in told] for kind in (row["kind"], None)
        )
        for name in (known := of_kind or of_any):
            if name not in best:
                best[name] = _surest(told[name])
        found[row["example"]] = _answer(row, max((best[name] for name in known), key=_share)[0])
    return found


def _add(said: _Said, row: dict[str, Any]) -> None:
    """Count what is right of one more example."""
    said.number += 1
    for answer, score in zip(row["answers"], row["scores"], strict=True):
        said.scores[row["choices"].index(answer) if answer in row["choices"] else answer] += score
    if row["boxes"]:
        boxes = np.array(row["boxes"], np.float32)
        said.boxes.append(np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)]))


def _surest(said: _Said) -> _Sure:
    """What is right of most of some examples, and of which share of them."""
    doubt = said.number + _DOUBT
    if said.boxes:
        compared = np.stack(said.boxes[:: -(-len(said.boxes) // _COMPARED)])
        places = compared[:: -(-len(compared) // _PLACES)]
        same = (over_union(places, compared) >= SAME).mean(1)
        return places[same.argmax()][None], float(same.max()) * len(said.boxes) / doubt
    if not said.scores:
        return "", 0.0
    answer = max(said.scores, key=lambda one: (said.scores[one], str(one)))
    return answer, said.scores[answer] / doubt


def _share(sure: _Sure) -> float:
    return sure[1]


def _answer(row: dict[str, Any], found: str | int | np.ndarray) -> Answer:
    """A word, boxes, or the choice at a place."""
    if isinstance(found, int):
        return str(row["choices"][found]) if found < len(row["choices"]) else ""
    return found


def _rows(examples: pa.Table) -> list[dict[str, Any]]:
    return list(examples.select(_TOLD).to_pylist())
