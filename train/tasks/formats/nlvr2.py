"""Statements about two photographs that hold or do not: NLVR2 (Suhr et al., 2019).

`reads` holds `data/*.json` as in the folder `nlvr2` of the project's repository, a JSON object a
line, and the pictures as they are handed out: `images/train/<directory>/`, `dev/` and `test1/`, or
these inside `images` too. Statements of one group are those whose consistency is measured.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams
from train.tasks.formats._official import Entry, Official, lines

OBJECTIVE = "pair"
METRIC = "nlvr"
SET = Official("NLVR2", "the project's repository, lil-lab/nlvr")
_FILES = {"train": "train", "validation": "dev", "test": "test1"}  # split -> file
_PARTS = 4  # of an identifier: file, set of pictures, pair, sentence


class _Entry(Entry):
    identifier: str
    sentence: str
    label: Literal["True", "False"]
    directory: int | str | None = None  # of the training pictures


@parameters
class Params(FormatParams):
    """NLVR2."""


def examples(params: Params, reads: Path) -> Iterator[Example]:  # noqa: ARG001
    """Every statement, with its left and right picture.

    Raises:
        SourceError: a file is missing.
        DataError: one has an entry of another form.
    """
    for split, name in _FILES.items():
        file = SET.file(reads, f"data/{name}.json", "the folder nlvr2/data")
        folder = reads / name
        if not folder.is_dir():
            folder = SET.file(reads, f"images/{name}", "the pictures that its form gives access to")
        for where, entry in lines(file, _Entry):
            parts = entry.identifier.split("-")
            if len(parts) != _PARTS or parts[0] != name:
                raise DataError(
                    f"{where}: identifier {entry.identifier!r} is not {name}-set-pair-sentence"
                )
            inside = folder if entry.directory is None else folder / str(entry.directory)
            pair = "-".join(parts[:3])
            yield Example(
                example=entry.identifier,
                split=split,
                pictures=tuple(inside / f"{pair}-img{side}.png" for side in (0, 1)),
                text=entry.sentence,
                answers=(entry.label.lower(),),
                scores=(1.0,),
                group=f"{parts[0]}-{parts[1]}--{parts[3]}",
            )
