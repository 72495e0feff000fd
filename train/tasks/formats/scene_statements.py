"""Statements about two composed pictures that surely hold or do not, in NLVR2's manner.

`reads` is a snapshot's folder. A caption of a picture is false of its twin, which differs in one
fact; so it is stated of the left picture, and of the right one, with the two in either order.
Every statement is true of one pair of pictures and false of another, and of every pair as many are
true as false: who reads without looking, and who looks without reading, guesses by even odds.
"""

from collections.abc import Iterator
from pathlib import Path

from curate.dataset.truth import COUNT
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, _scenes
from train.tasks.formats._scenes import Caption, Scene, Twins

OBJECTIVE = "pair"
METRIC = "nlvr"
_SIDES = ("left", "right")


@parameters
class Params(FormatParams):
    """Statements about two composed pictures."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """All statements about twins, by kind of what differs; of counts also which has more.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    known = _scenes.read(reads, params)
    for twins in known.twins:
        one, other = (known.scenes[caption.image] for caption in (twins.one, twins.other))
        for caption, shown, without in ((twins.one, one, other), (twins.other, other, one)):
            for side in _SIDES:
                said = f"The {side} picture shows {caption.text}."
                yield from _both(f"{caption.uid}-{side}", said, twins.kind, side, shown, without)
        if twins.kind == COUNT and (more := _more(twins, known.scenes)):
            plural, shown, without = more
            for side, opposite in (_SIDES, _SIDES[::-1]):
                said = f"The {side} picture shows more {plural} than the {opposite} picture."
                name = f"{twins.one.uid}-more-{side}"
                yield from _both(name, said, "comparison", side, shown, without)


def _both(
    name: str, said: str, kind: str, side: str, shown: Scene, without: Scene
) -> Iterator[Example]:
    """A statement of the pictures in either order: true where `shown` is on the side."""
    for truth in (True, False):
        order = (shown, without) if truth == (side == "left") else (without, shown)
        yield Example(
            example=f"{name}-{str(truth).lower()}",
            split=shown.split,
            pictures=tuple(scene.picture for scene in order),
            text=said,
            answers=(str(truth).lower(),),
            scores=(1.0,),
            kind=kind,
            group=name,
        )


def _more(twins: Twins, scenes: dict[str, Scene]) -> tuple[str, Scene, Scene] | None:
    """What two pictures count, in the plural, and the one that has more of it before the other."""
    counts = _counted(twins.one), _counted(twins.other)
    if counts[0] is None or counts[1] is None or counts[0][0] != counts[1][0]:
        return None
    pictures = [scenes[caption.image] for caption in (twins.one, twins.other)]
    more, fewer = pictures if counts[0][1] > counts[1][1] else pictures[::-1]
    return counts[0][0], more, fewer


def _counted(caption: Caption) -> tuple[str, int] | None:
    """The plural of what a caption counts, if it counts one thing, and how many there are."""
    found = [phrase for phrase in caption.phrases if len(phrase.objects) > 1]
    if len(found) != 1:
        return None
    return found[0].text.partition(" ")[2], len(found[0].objects)
