"""How two things of a composed picture stand, and why that is so, surely, in VCR's manner.

`reads` is a snapshot's folder. Each question is two examples of one group: `answer` chooses how the
two stand, of all four relations; `rationale`, whose text has the right answer in it, chooses by
which edges they do: where the first of them ends, and the other one begins, in tenths of the
picture. Every rationale that is offered would bear the answer out, and one does so in this picture.

Pictures of one relation are asked about by fours whose edges differ, each with the edges of all
four; and of things above each other as many are as of things beside each other. So every relation,
and all edges that are offered together, are right equally often.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.stage.params import parameters
from train import draws
from train.tasks.formats import Example, FormatParams, _scenes
from train.tasks.formats._scenes import Phrase, Scene
from train.tasks.metrics.vcr import ANSWER, RATIONALE

OBJECTIVE = "choice"
METRIC = "vcr"
_CHOICES = 4
_SIDES = ("width", "height")
_AXES = {"left of": 0, "right of": 0, "above": 1, "below": 1}
_Edges = tuple[int, int]
"""Where the first thing ends and the second begins, in tenths from the left or from the top."""


@parameters
class Params(FormatParams):
    """Questions about two things, with reasons."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Both examples of every question: of each picture two, with its things in either order.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    scenes = _scenes.read(reads, params).scenes.values()
    for split in sorted({scene.split for scene in scenes}):
        own = [scene for scene in scenes if scene.split == split]
        beside, above = (_fours(own, axis) for axis in (0, 1))
        for some in (*beside[: len(above)], *above[: len(beside)]):
            edges = [_edges(scene) for scene in some]
            for scene in some:
                yield from _asked(scene, edges)


def _fours(scenes: Sequence[Scene], axis: int) -> list[list[Scene]]:
    """Scenes of one axis by fours of different edges, as many fours as there can be."""
    by_edges: defaultdict[_Edges, list[Scene]] = defaultdict(list)
    for scene in scenes:
        if _axis(scene) == axis:
            by_edges[_edges(scene)].append(scene)
    found = []
    while len(left := [edges for edges, own in by_edges.items() if own]) >= _CHOICES:
        commonest = sorted(left, key=lambda edges: (-len(by_edges[edges]), edges))
        found.append([by_edges[edges].pop() for edges in commonest[:_CHOICES]])
    return found


def _axis(scene: Scene) -> int | None:
    """0 of two things beside each other, 1 of two above each other; None of other things."""
    caption = scene.placed()
    return None if caption is None else _AXES[caption.relation() or ""]


def _in_order(scene: Scene) -> tuple[Phrase, Phrase]:
    """The words for a scene's two things, from the left or from the top."""
    caption = scene.placed()
    assert caption is not None
    one, other = caption.phrases
    return (one, other) if caption.relation() in ("left of", "above") else (other, one)


def _edges(scene: Scene) -> _Edges:
    first, second = (scene.boxes[phrase.objects[0]] for phrase in _in_order(scene))
    axis = _axis(scene) or 0
    return round(10 * first[axis + 2]), round(10 * second[axis])


def _asked(scene: Scene, edges: Sequence[_Edges]) -> Iterator[Example]:
    """Questions about a scene, with the edges that are offered as reasons."""
    first, second = (phrase.text for phrase in _in_order(scene))
    caption = scene.placed()
    assert caption is not None
    side = _SIDES[_axis(scene) or 0]
    reasons = {
        (end, begin): f"{first} ends at {end} tenths of the {side}, {second} begins at {begin}"
        for end, begin in edges
    }
    for place, (told, holds) in enumerate(_scenes.told(scene)):
        one, other = caption.phrases[place].text, caption.phrases[1 - place].text
        name, asked = f"{scene.image}-{place}", f"How do {one} and {other} stand?"
        yield _example(name, ANSWER, scene, asked, [*told.values()], told[holds])
        right = reasons[_edges(scene)]
        yield _example(
            name, RATIONALE, scene, f"{asked} {told[holds]}.", [*reasons.values()], right
        )


def _example(
    group: str, kind: str, scene: Scene, asked: str, texts: Sequence[str], right: str
) -> Example:
    name = f"{group}-{kind}"
    return Example(
        example=name,
        split=scene.split,
        pictures=(scene.picture,),
        text=asked,
        choices=tuple(sorted(texts, key=lambda text: draws.number("choice", name, text))),
        answers=(right,),
        scores=(1.0,),
        kind=kind,
        group=group,
    )
