"""Expressions that refer to one thing of a composed picture, with its box, in RefCOCO's manner.

`reads` is a snapshot's folder. A thing is told by its name, where no other has it; by how it stands
to the other thing, with its name and without; and among several of its kind by being the outermost
on one side. No other thing of the picture fits an expression. Words for places tell something of
where a box may be, as they do in RefCOCO.
"""

from collections.abc import Iterator
from pathlib import Path

from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, _scenes
from train.tasks.formats._scenes import Caption, Phrase, Scene

OBJECTIVE = "region"
METRIC = "refcoco"
_OUTERMOST = {"leftmost": (0, 1), "rightmost": (0, -1), "topmost": (1, 1), "lowest": (1, -1)}
"""Word -> axis of the centres compared, and its sign."""
_APART = 0.1  # share of the picture's side, between the outermost centre and the next
_ARTICLES = ("a ", "an ")


@parameters
class Params(FormatParams):
    """Expressions about composed pictures."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Expressions of all pictures, by kind: name, relation, place and outermost.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    for scene in _scenes.read(reads, params).scenes.values():
        told: dict[str, tuple[str, int]] = {}
        for caption in scene.captions:
            told |= {text: (kind, number) for text, kind, number in _of(caption, scene)}
        for place, (text, (kind, number)) in enumerate(sorted(told.items())):
            yield Example(
                example=f"{scene.image}-{place}",
                split=scene.split,
                pictures=(scene.picture,),
                text=text,
                boxes=(scene.boxes[number],),
                kind=kind,
            )


def _of(caption: Caption, scene: Scene) -> Iterator[tuple[str, str, int]]:
    """Expressions of a caption's things: text, kind, and the object's number."""
    for phrase in caption.phrases:
        (number, *others) = phrase.objects
        if others:
            yield from _outermost(phrase, scene)
        elif scene.names.count(scene.names[number]) == 1:
            yield _the(phrase), "name", number
    if caption == scene.placed():
        first, second = caption.phrases
        words = caption.text[first.end : second.start].strip()
        yield f"{_the(first)} {words} {_the(second)}", "relation", first.objects[0]
        yield f"the thing {words} {_the(second)}", "place", first.objects[0]


def _the(phrase: Phrase) -> str:
    """A phrase of one thing, as of one that is known: the small lemon."""
    article = next((one for one in _ARTICLES if phrase.text.startswith(one)), "")
    return f"the {phrase.text.removeprefix(article)}"


def _outermost(phrase: Phrase, scene: Scene) -> Iterator[tuple[str, str, int]]:
    """The outermost of several things of a name, where it plainly is that."""
    name = scene.names[phrase.objects[0]]
    for word, (axis, sign) in _OUTERMOST.items():
        centres = sorted(
            (sign * (scene.boxes[at][axis] + scene.boxes[at][axis + 2]) / 2, at)
            for at in phrase.objects
        )
        if centres[1][0] - centres[0][0] >= _APART:
            yield f"the {word} {name}", "outermost", centres[0][1]
