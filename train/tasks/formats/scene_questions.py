"""Questions about composed pictures, each with the one right answer, in VQA's and GQA's manner.

`reads` is a snapshot's folder, whose `snapshot.json` lists the tables of the labeler `questions`.
They are taken as they are: what a composed picture surely does not show is known by WordNet, which
that labeler has proved its questions with. Kinds are its kinds: whether something is there, so, so
many, or stands there; how many, which colour, and what stands there.

Of yes and no each split has as many, and of every text that is asked with both answers as many,
too; numbers are told evenly as well. Who does not look guesses these by even odds. Colours and
things are too many for that, and too few are asked for each. A model that was pretrained with the
objective `vqa` has seen all questions, with their answers.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.dataset import labels as label_tables
from curate.dataset import record, tables
from curate.dataset.errors import SourceError
from curate.dataset.questions import LABELER, NO, QUESTIONS, YES, YES_NO
from curate.stage.params import parameters
from train import draws
from train.tasks.formats import Example, FormatParams, Omitted, _scenes

OBJECTIVE = "answer"
METRIC = "accuracy"
_NUMBER = "number"  # the open kind that has few answers
_Rows = list[dict[str, Any]]


@parameters
class Params(FormatParams):
    """Questions about composed pictures."""


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """Questions about all pictures, but for those that would make one answer likelier.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures, or no questions about them.
    """
    known = _scenes.read(reads, params).scenes
    rows = [row | {"split": known[row["image"]].split} for row in _asked(reads, [*known])]
    even = _even(rows)
    learnt = {(row["kind"], row["answer"]) for row in even if row["split"] == "train"}
    for row in even:
        name, told = f"{row['image']}-{row['question']}", (row["kind"], row["answer"])
        if told not in learnt:
            yield Omitted(name, "answer that training has none of", f"{row['text']} {told[1]}")
            continue
        yield Example(
            example=name,
            split=row["split"],
            pictures=(known[row["image"]].picture,),
            text=row["text"],
            answers=(row["answer"],),
            scores=(1.0,),
            kind=row["kind"],
        )


def _asked(snapshot: Path, images: Sequence[str]) -> _Rows:
    """Rows of `QUESTIONS` about some pictures."""
    document = json.loads((snapshot / record.SNAPSHOT_FILE).read_text(encoding="utf-8"))
    folders = {Path(row["path"]).parent for row in document["labels"]}
    found: _Rows = []
    for folder in sorted(one for one in folders if one.name == LABELER):
        table = label_tables.of_folder(folder, LABELER, None, pa.array(images))
        found += tables.conform(table, QUESTIONS.schema, folder).to_pylist()
    if not found:
        raise SourceError(
            f"{snapshot} has no questions about composed pictures; have the labeler {LABELER!r} "
            "(`label_grounded` of the params) ask them and the snapshot frozen again"
        )
    return found


def _even(rows: _Rows) -> _Rows:
    """As many rows of each answer, where there are few answers; which ones, by lot."""
    said = defaultdict(set)
    for row in rows:
        said[row["text"]].add(row["answer"])
    groups: defaultdict[tuple[str, ...], defaultdict[str, _Rows]]
    groups = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows, key=_lot):
        both = row["kind"] in YES_NO and len(said[row["text"]]) > 1
        group = (row["kind"], row["split"], row["text"] if both else "")
        groups[group][row["answer"]].append(row)
    return [row for (kind, *_), own in sorted(groups.items()) for row in _level(kind, own)]


def _lot(row: Mapping[str, Any]) -> int:
    return draws.number("question", row["image"], row["question"])


def _level(kind: str, by_answer: Mapping[str, _Rows]) -> Iterator[dict[str, Any]]:
    """The rows of a group that are kept."""
    answers = (YES, NO) if kind in YES_NO else sorted(by_answer)
    number = min(len(by_answer.get(answer, ())) for answer in answers)
    for answer in answers:
        rows = by_answer.get(answer, [])
        yield from rows[:number] if kind in (*YES_NO, _NUMBER) else rows
