"""Which of several captions is true of a composed picture, surely.

`reads` is a snapshot's folder. Of two twins, which differ in one fact, each is asked for with the
captions of both; of two things that stand to each other plainly, with all four relations, and with
the things in either order, and as many of each split stand beside as above each other. So every
choice is as often right as any other.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.dataset.truth import RELATION
from curate.stage.params import parameters
from train import draws
from train.tasks.formats import Example, FormatParams, _scenes
from train.tasks.formats._scenes import Scene

OBJECTIVE = "choice"
METRIC = "accuracy"
_ASKED = "What does the picture show?"


@parameters
class Params(FormatParams):
    """Choices of a caption."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Choices of two, by kind of what differs, and of four, of kind `place`.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    known = _scenes.read(reads, params)
    for twins in known.twins:
        if twins.kind != RELATION:  # asked with all four
            texts = [twins.one.text, twins.other.text]
            for caption in (twins.one, twins.other):
                scene = known.scenes[caption.image]
                yield _example(caption.uid, scene, texts, caption.text, twins.kind)
    for scene in _even([*known.scenes.values()]):
        for place, (told, holds) in enumerate(_scenes.told(scene)):
            name, right = f"{scene.image}-{place}", told[holds]
            yield _example(name, scene, [*told.values()], right, "place")


def _even(scenes: Sequence[Scene]) -> Iterator[Scene]:
    """Scenes of each split, as many of things beside each other as of things above each other."""
    for split in sorted({scene.split for scene in scenes}):
        own = [(scene, scene.placed()) for scene in scenes if scene.split == split]
        beside, above = (
            [scene for scene, caption in own if caption and caption.relation() in relations]
            for relations in (("left of", "right of"), ("above", "below"))
        )
        number = min(len(beside), len(above))
        yield from (scene for some in (beside, above) for scene in some[:number])


def _example(name: str, scene: Scene, texts: Sequence[str], right: str, kind: str) -> Example:
    order = sorted(texts, key=lambda text: draws.number("choice", name, text))
    return Example(
        example=name,
        split=scene.split,
        pictures=(scene.picture,),
        text=_ASKED,
        choices=tuple(order),
        answers=(right,),
        scores=(1.0,),
        kind=kind,
    )
