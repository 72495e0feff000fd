"""Questions about scenes of films, answered and explained by choosing: VCR (Zellers et al., 2019).

`reads` holds `train.jsonl` and `val.jsonl`, the annotations, and `vcr1images`, the pictures with
their metadata. The set's `val` tests, since the answers to its `test` are not handed out. Each
question is two examples of one group: `answer` chooses one, `rationale` chooses why, and its text
has the right answer in it. Things that a text names by their number are told as in R2C, people by
names that fit anyone, others by their class, and framed in the picture. R2C tags each name with its
box, and tells things of one name apart by it; here they have numbers behind their names, as `car 2`
or `Casey 2`, so that choices of different things read differently. A question of which the right
choice reads like another even so is omitted: nobody can choose it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted, Picture
from train.tasks.formats._marked import Frame, Marked
from train.tasks.formats._official import Entry, Official, lines, whole
from train.tasks.metrics.vcr import ANSWER, RATIONALE

OBJECTIVE = "choice"
METRIC = "vcr"
SET = Official("VCR", "the project's page, visualcommonsense.com")
_FILES = {"train": "train", "test": "val"}  # split -> file
_PERSON = "person"
_NAMES = (
    *("Casey", "Riley", "Jessie", "Jackie", "Avery", "Jaime", "Peyton", "Kerry", "Jody", "Kendall"),
    *("Skyler", "Frankie", "Pat", "Quinn", "Morgan"),
)
_CLOSING = frozenset(".,?!;:'")  # marks that stand at the end of a word

_Tokens = list[str | list[int]]  # a word, or numbers of things
_Choices = Annotated[list[_Tokens], Field(min_length=2)]
_Sure = Annotated[list[float], Field(min_length=4, max_length=5)]  # x1, y1, x2, y2, certainty


class _Entry(Entry):
    annot_id: str
    img_fn: str
    metadata_fn: str
    objects: list[str]
    question: _Tokens
    answer_choices: _Choices
    answer_label: int
    rationale_choices: _Choices
    rationale_label: int


class _Metadata(Entry):
    names: list[str]
    boxes: list[_Sure]


@parameters
class Params(FormatParams):
    """VCR."""

    framed: bool = True  # the things that texts about a picture name are framed in it


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """Both examples of every question.

    Raises:
        SourceError: a file is missing.
        DataError: one is of another form, or tells of a thing that it does not have.
    """
    folder = SET.file(reads, "vcr1images", "vcr1images.zip")
    for split, name in _FILES.items():
        file = SET.file(reads, f"{name}.jsonl", "vcr1annots.zip")
        meant = _meant(file)
        for where, entry in lines(file, _Entry):
            picture: Picture = folder / entry.img_fn
            if params.framed and (numbers := meant[entry.img_fn]):
                picture = Marked(folder / entry.img_fn, _frames(entry, numbers, folder, where))
            both = _both(entry, split, picture, where)
            if any(one.choices.count(one.answers[0]) > 1 for one in both):
                yield Omitted(entry.annot_id, "right choice reads like another", where)
            else:
                yield from both


def _meant(file: Path) -> dict[str, set[int]]:
    """Numbers of the things of each picture that any text about it names.

    Of all texts, so that a picture is one however many questions are asked about it, and shows
    nothing of which answer is right.
    """
    found: dict[str, set[int]] = {}
    for where, entry in lines(file, _Entry):
        texts = [entry.question, *entry.answer_choices, *entry.rationale_choices]
        tokens = [token for text in texts for token in text]
        numbers = {number for token in tokens if isinstance(token, list) for number in token}
        if other := sorted(numbers - {*range(len(entry.objects))}):
            raise DataError(
                f"{where}: a text names thing {other[0]} of {len(entry.objects)} objects"
            )
        found.setdefault(entry.img_fn, set()).update(numbers)
    return found


def _both(entry: _Entry, split: str, picture: Picture, where: str) -> tuple[Example, Example]:
    """A question's examples, of the answer and of the rationale."""
    answer = _example(entry, split, ANSWER, entry.question, picture, where)
    told = [*entry.question, *entry.answer_choices[entry.answer_label]]
    return answer, _example(entry, split, RATIONALE, told, picture, where)


def _example(
    entry: _Entry, split: str, kind: str, asked: _Tokens, picture: Picture, where: str
) -> Example:
    if kind == ANSWER:
        choices, label = entry.answer_choices, entry.answer_label
    else:
        choices, label = entry.rationale_choices, entry.rationale_label
    if not 0 <= label < len(choices):
        raise DataError(f"{where}: {kind}_label {label} of {len(choices)} {kind}_choices")
    names = _names(entry.objects)
    texts = tuple(_text(choice, names) for choice in choices)
    return Example(
        example=f"{entry.annot_id}-{kind}",
        split=split,
        pictures=(picture,),
        text=_text(asked, names),
        choices=texts,
        answers=(texts[label],),
        scores=(1.0,),
        kind=kind,
        group=entry.annot_id,
    )


def _text(tokens: _Tokens, names: Sequence[str]) -> str:
    """Tokens as a person reads them: things by their names, marks at the end of words."""
    words: list[str] = []
    for token in tokens:
        named = token if isinstance(token, str) else " and ".join(names[at] for at in token)
        if words and named[:1] in _CLOSING:
            words[-1] += named
        else:
            words.append(named)
    return " ".join(words)


def _names(objects: Sequence[str]) -> list[str]:
    """What each thing is called, no two alike: by class, with a number where there are several.

    A person has the name of its own number, so that it does not depend on who else is there; when
    all names are given they begin anew, with a number.
    """
    number, met = Counter(objects), Counter[str]()
    names = []
    for place, kind in enumerate(objects):
        met[kind] += 1
        if kind == _PERSON:
            again, name = divmod(place, len(_NAMES))
            names.append(f"{_NAMES[name]} {again + 1}" if again else _NAMES[name])
        else:
            names.append(f"{kind} {met[kind]}" if number[kind] > 1 else kind)
    return names


def _frames(
    entry: _Entry, numbers: Iterable[int], folder: Path, where: str
) -> tuple[tuple[int, Frame], ...]:
    """The boxes of some things, by their numbers."""
    file = SET.file(folder, entry.metadata_fn, "vcr1images.zip")
    told = whole(file, _Metadata)
    if told.names != entry.objects or len(told.boxes) != len(entry.objects):
        raise DataError(
            f"{file} has {len(told.boxes)} boxes of {', '.join(told.names)}; {where} says "
            f"{', '.join(entry.objects)}"
        )
    boxes = ((number, told.boxes[number]) for number in sorted(numbers))
    return tuple((number, (box[0], box[1], box[2], box[3])) for number, box in boxes)
