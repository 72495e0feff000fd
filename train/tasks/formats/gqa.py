"""Questions that programs over scene graphs ask and answer: GQA (Hudson and Manning, 2019).

`reads` holds the files of questions, `val_choices.json` and the like where there are, and the
pictures in `images`. The balanced questions are what everybody trains and measures on; with `all`,
those that they entail are there, too, and consistency is measured. The set's `testdev` tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams
from train.tasks.formats._official import Entry, Official, whole
from train.tasks.metrics import gqa

OBJECTIVE = "answer"
METRIC = "gqa"
SET = Official("GQA", "the project's page at Stanford, gqadataset.org")
_TIERS = {"train": "train", "validation": "val", "test": "testdev"}  # split -> the set's own
_NO_STEP = ("exist", "query: name", "choose name")  # operations that the evaluator does not count


class _Groups(Entry):
    overall: str | None = Field(alias="global")


class _Step(Entry):
    operation: str
    argument: str


class _Types(Entry):
    structural: str
    semantic: str
    detailed: str


class _Question(Entry):
    question: str
    image: str = Field(alias="imageId")
    answer: str
    balanced: bool = Field(alias="isBalanced")
    entailed: list[str]
    types: _Types
    groups: _Groups
    semantic: list[_Step]


class _Choices(Entry):
    valid: list[str]
    plausible: list[str]


@parameters
class Params(FormatParams):
    """GQA."""

    train: Literal["balanced", "all"] = "balanced"  # questions
    held_out: Literal["balanced", "all"] = "balanced"  # that validate and test


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Every question of the three parts whose answers are handed out.

    Raises:
        SourceError: a file is missing.
        DataError: one is of another form.
    """
    folder = SET.file(reads, "images", "images.zip")
    for split, tier in _TIERS.items():
        choices = _choices(reads / f"{tier}_choices.json")
        which = params.train if split == "train" else params.held_out
        for file in _files(reads, tier, which):
            for name, question in whole(file, dict[str, _Question]).items():
                if choices and name not in choices:
                    raise DataError(f"{tier}_choices.json has no question {name}; {file} has")
                types = question.types
                yield Example(
                    example=name,
                    split=split,
                    pictures=(folder / f"{question.image}.jpg",),
                    text=question.question,
                    answers=(question.answer,),
                    scores=(1.0,),
                    kind=types.structural,
                    details=_details(question) | choices.get(name, {}),
                )


def _files(reads: Path, tier: str, which: str) -> list[Path]:
    """The files of questions: one, or the folder of parts that a large one is cut into."""
    parts = reads / f"{tier}_{which}_questions"
    if parts.is_dir() and (found := sorted(parts.glob("*.json"))):
        return found
    return [SET.file(reads, f"{tier}_{which}_questions.json", "questions1.2.zip")]


def _choices(file: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """Valid and plausible answers by question; none where the file is not there."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = whole(file, dict[str, _Choices])
    names = (gqa.VALID, gqa.PLAUSIBLE)
    return {name: {one: tuple(getattr(said, one)) for one in names} for name, said in found.items()}


def _details(question: _Question) -> dict[str, tuple[str, ...]]:
    types = question.types
    group = question.groups.overall
    told = [f"{step.operation}: {step.argument}" for step in question.semantic]
    steps = sum(not any(word in step for word in _NO_STEP) for step in told)
    return {
        gqa.STRUCTURAL: (types.structural,),
        gqa.SEMANTIC: (types.semantic,),
        gqa.DETAILED: (types.detailed,),
        gqa.STEPS: (str(steps),),
        gqa.BALANCED: (str(question.balanced).lower(),),
        gqa.GLOBAL: () if group is None else (group,),
        gqa.ENTAILED: tuple(question.entailed),
    }
