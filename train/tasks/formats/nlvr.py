"""Statements about drawn pictures that hold or do not: NLVR (Suhr et al., 2017).

`reads` holds the folders `train`, `dev` and `test` as in the folder `nlvr` of the project's
repository: `train/train.json`, a JSON object a line, and `train/images/<directory>/`. Each line is
six pictures, which show the same three boxes in every order. As the official evaluator counts,
statements of one presentation are one group.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams
from train.tasks.formats._official import Entry, Official, lines

OBJECTIVE = "answer"
METRIC = "nlvr"
SET = Official("NLVR", "the project's repository, lil-lab/nlvr")
_FILES = {"train": "train", "validation": "dev", "test": "test"}  # split -> folder and file
_BOXES, _ORDERS = 3, 6
_Box = list[dict[str, Any]]  # its things, each with place, type, colour and size


class _Entry(Entry):
    identifier: str
    sentence: str
    label: Literal["true", "false"]
    directory: int | str
    structured_rep: Annotated[list[_Box], Field(min_length=_BOXES, max_length=_BOXES)]


@parameters
class Params(FormatParams):
    """NLVR."""


def examples(params: Params, reads: Path) -> Iterator[Example]:  # noqa: ARG001
    """Every statement with every picture that shows its boxes.

    Raises:
        SourceError: a file is missing.
        DataError: one has an entry of another form.
    """
    for split, name in _FILES.items():
        file = SET.file(reads, f"{name}/{name}.json", f"the folder nlvr/{name}")
        for where, entry in lines(file, _Entry):
            presentation, _, position = entry.identifier.partition("-")
            if not (presentation and position):
                raise DataError(f"{where}: identifier {entry.identifier!r} is not n-m")
            folder = file.parent / "images" / str(entry.directory)
            for order in range(_ORDERS):
                one = f"{name}-{entry.identifier}-{order}"
                yield Example(
                    example=one,
                    split=split,
                    pictures=(folder / f"{one}.png",),
                    text=entry.sentence,
                    answers=(entry.label,),
                    scores=(1.0,),
                    group=f"{name}-{presentation}",
                )
