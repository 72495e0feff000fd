"""Whether a composed picture entails a sentence or contradicts it, surely, in SNLI-VE's manner.

`reads` is a snapshot's folder. A picture entails its caption, and contradicts that of its twin,
which differs in one fact, and the caption with its things' relation turned round. Each sentence
is said of both, or in both orders of its things, once truly and once falsely.

There is no neutral class. All that such a picture shows is known, so that what no caption tells is
not open but false; what cannot be seen in it (that the lemon is sour) would be told by its words
alone. SNLI-VE's authors propose the two classes, too, where labels are to be sure.
"""

from collections.abc import Iterator
from pathlib import Path

from curate.dataset.truth import RELATION
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, _scenes
from train.tasks.formats._scenes import OPPOSITE, Scene

OBJECTIVE = "answer"
METRIC = "snli_ve"
ENTAILMENT, CONTRADICTION = "entailment", "contradiction"


@parameters
class Params(FormatParams):
    """Sentences about composed pictures."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Sentences about twins, and about pictures of two things.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    known = _scenes.read(reads, params)
    for twins in known.twins:
        for said in (twins.one, twins.other):
            for of in (twins.one, twins.other):
                scene, name = known.scenes[of.image], f"{said.uid}-{of.uid}"
                yield _example(name, said.text, scene, said.uid == of.uid, twins.kind)
    paired = {caption.image for twins in known.twins for caption in (twins.one, twins.other)}
    for scene in known.scenes.values():
        if scene.image not in paired:
            for place, (texts, holds) in enumerate(_scenes.told(scene)):
                for relation in (holds, OPPOSITE[holds]):
                    name, right = f"{scene.image}-{place}-{relation}", relation == holds
                    yield _example(name, texts[relation], scene, right, RELATION)


def _example(name: str, said: str, scene: Scene, holds: bool, kind: str) -> Example:
    return Example(
        example=name,
        split=scene.split,
        pictures=(scene.picture,),
        text=f"The picture shows {said}.",
        answers=(ENTAILMENT if holds else CONTRADICTION,),
        scores=(1.0,),
        kind=kind,
        group=name.partition("-")[0],
    )
