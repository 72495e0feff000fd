"""Phrases of composed pictures' captions with all their boxes, as Flickr30k Entities has them.

`reads` is a snapshot's folder. Each phrase by which a caption names things is an example, of kind
`one` or `several`: composed captions count all that are of one name, so which boxes a phrase means
is known, and that they are all. What captions of a picture say alike is one example. Where several
are, the box around them is mostly that of the picture, whatever they are.
"""

from collections.abc import Iterator
from pathlib import Path

from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, _scenes

OBJECTIVE = "region"
METRIC = "grounding"


@parameters
class Params(FormatParams):
    """Phrases of captions of composed pictures."""


def examples(params: Params, reads: Path) -> Iterator[Example]:
    """Every phrase of all pictures.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no composed pictures.
    """
    for scene in _scenes.read(reads, params).scenes.values():
        told = {phrase.text: phrase.objects for one in scene.captions for phrase in one.phrases}
        for place, (text, numbers) in enumerate(sorted(told.items())):
            yield Example(
                example=f"{scene.image}-{place}",
                split=scene.split,
                pictures=(scene.picture,),
                text=text,
                boxes=tuple(scene.boxes[number] for number in numbers),
                kind="one" if len(numbers) == 1 else "several",
            )
