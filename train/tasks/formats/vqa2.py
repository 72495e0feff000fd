"""Questions that ten people answered: VQA v2 (Goyal et al., 2017).

`reads` holds the files of questions and of annotations, and COCO's pictures in `train2014` and
`val2014`. The set's `val2014` tests, since the answers to its `test2015` are not handed out. An
answer's score is the official accuracy that it has.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams
from train.tasks.formats._official import Entry, Official, whole
from train.tasks.metrics import vqa

OBJECTIVE = "answer"
METRIC = "vqa"
SET = Official("VQA v2", "the project's page, visualqa.org")
PICTURES = Official("COCO 2014", "COCO's own page")
_SUBSETS = {"train": "train2014", "test": "val2014"}  # split -> part of COCO
_ARCHIVES = {"train": "Train", "test": "Val"}
_PEOPLE = 10


class _Question(Entry):
    question_id: int
    image_id: int
    question: str


class _Said(Entry):
    answer: str


class _Annotation(Entry):
    question_id: int
    image_id: int
    question_type: str
    answer_type: str
    answers: Annotated[list[_Said], Field(min_length=_PEOPLE, max_length=_PEOPLE)]


class _Questions(Entry):
    questions: list[_Question]


class _Annotations(Entry):
    annotations: list[_Annotation]


@parameters
class Params(FormatParams):
    """VQA v2."""


def examples(params: Params, reads: Path) -> Iterator[Example]:  # noqa: ARG001
    """Every question of both parts.

    Raises:
        SourceError: a file is missing.
        DataError: one is of another form, or a question has no annotation of its picture.
    """
    for split, subset in _SUBSETS.items():
        archive = f"{_ARCHIVES[split]}_mscoco.zip"
        asked = SET.file(
            reads, f"v2_OpenEnded_mscoco_{subset}_questions.json", f"v2_Questions_{archive}"
        )
        said = SET.file(reads, f"v2_mscoco_{subset}_annotations.json", f"v2_Annotations_{archive}")
        folder = PICTURES.file(reads, subset, f"{subset}.zip")
        told = {one.question_id: one for one in whole(said, _Annotations).annotations}
        for question in whole(asked, _Questions).questions:
            number, image = question.question_id, question.image_id
            annotation = told.get(number)
            if annotation is None or annotation.image_id != image:
                raise DataError(f"{said} has no annotation of question {number} on image {image}")
            humans = tuple(one.answer for one in annotation.answers)
            scores = vqa.scores(humans)
            yield Example(
                example=str(number),
                split=split,
                pictures=(folder / f"COCO_{subset}_{image:012}.jpg",),
                text=question.question,
                answers=tuple(scores),
                scores=tuple(scores.values()),
                kind=annotation.answer_type,
                details={
                    vqa.QUESTION_TYPE: (annotation.question_type,),
                    vqa.HUMANS: humans,
                },
            )
