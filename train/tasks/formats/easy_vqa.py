"""Questions about one coloured shape each, with one right answer: easy-VQA (Zhou, 2019).

`reads` is the fetched wheel of the package `easy-vqa` (MIT), which has a training and a test split.
Kinds of questions are those that its readers tell apart by their answers: yes or no, a shape, a
colour.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from curate.dataset import packages
from curate.dataset.errors import SourceError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams

OBJECTIVE = "answer"
METRIC = "accuracy"
_SPLITS = ("train", "test")
_YES_OR_NO, _SHAPES = ("yes", "no"), ("circle", "rectangle", "triangle")


@parameters
class Params(FormatParams):
    """easy-VQA."""


def examples(params: Params, reads: Path) -> Iterator[Example]:  # noqa: ARG001
    """Every question of both splits.

    Raises:
        SourceError: the wheel was not fetched, or is of another form.
    """
    root = packages.unpack(reads.parent, reads.stem) / "easy_vqa/data"
    for split in _SPLITS:
        try:
            asked = json.loads((root / split / "questions.json").read_text(encoding="utf-8"))
            rows = [(str(text), str(answer), int(image)) for text, answer, image in asked]
        except (OSError, ValueError, TypeError) as error:
            raise SourceError(f"{reads} is no wheel of easy-vqa 1.0: {error}") from error
        for number, (text, answer, image) in enumerate(rows):
            yield Example(
                example=f"{split}-{number:05}",
                split=split,
                pictures=(root / split / "images" / f"{image}.png",),
                text=text,
                answers=(answer,),
                scores=(1.0,),
                kind=_kind(answer),
            )


def _kind(answer: str) -> str:
    if answer in _YES_OR_NO:
        return "yes or no"
    return "shape" if answer in _SHAPES else "colour"
