"""A scene in, a picture of the pool to draw it before, out: one that fills its frame.

A caption never tells all that its picture shows, so a scene that counts is drawn on plain colours
alone. What tells a relation stays true before any picture; still, one whose own captions name
something of the scene's kinds is left out, and so is one whose captions were not understood whole.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from augment import facts
from augment.composition import composing, mixing, naming, partners
from augment.composition.filling import filling
from augment.composition.naming import Thing
from augment.composition.partners import Picture
from augment.made import Context
from curate.dataset.errors import DataError, ImageError
from curate.dataset.shards import ShardReader
from curate.dataset.truth import OBJECT

_LOOKED_AT, _DECODED = 400, 8  # candidates, and those of them whose pixels are looked at


class Backdrop(NamedTuple):
    """A picture of the pool, and as it is drawn on, (canvas, canvas) RGB."""

    picture: Picture
    shown: Image.Image

    @property
    def uid(self) -> str:
        """Of the pair that stands for it among the parents."""
        return str(self.picture.english[0]["uid"])


def backdrops(
    things: Sequence[Thing],
    context: Context,
    sources: Sequence[str],
    canvas: int,
    readers: dict[str, ShardReader],
    *draw: object,
) -> Iterator[Backdrop]:
    """Pictures that things can be drawn before, of their licence, from a drawn place on.

    Args:
        things: of the scene.
        context: of the method.
        sources: of the pictures; none: of every source.
        canvas: pixels of a side.
        readers: opened sets.
        draw: names that the place follows from, besides the first thing's.

    Raises:
        DataError: there are no labels.
    """
    if context.labels is None:
        raise DataError("a backdrop is chosen by the pool's labels (scene, knowledge)")
    pool = partners.training(context.training)
    graphs, senses = facts.all_graphs(context.labels), naming.senses(context.labels / "knowledge")
    first = things[0].picture
    around = partners.following(pool.names[first.licence], first.image, "backdrop", *draw)
    near = map(pool.picture, itertools.islice(around, _LOOKED_AT))
    fit = (
        picture
        for picture in near
        if (not sources or picture.pairs[0]["source"] in sources)
        and all(_apart(picture, thing, graphs, senses) for thing in things)
    )
    for picture in itertools.islice(fit, _DECODED):
        try:
            yield Backdrop(picture, filling(mixing.read(picture, readers), canvas))
        except ImageError:
            continue


def before(recipe: Mapping[str, Any], backdrop: Backdrop) -> dict[str, Any]:
    """A recipe on a plain ground as one before a picture, which is the last of its pictures."""
    images = [*recipe["images"], backdrop.picture.image]
    return {**recipe, "images": images, "ground": {"parent": len(images) - 1}}


def all_stand_out(recipe: Mapping[str, Any], pictures: Sequence[Image.Image]) -> bool:
    """Whether every object of a recipe is unlike what it is drawn over."""
    objects = recipe["objects"]
    drawn = [
        composing.compose({**recipe, "objects": objects[:number]}, pictures)
        for number in range(len(objects) + 1)
    ]
    return all(
        composing.stands_out(np.asarray(own.picture), np.asarray(before.picture), own.masks[-1])
        for before, own in itertools.pairwise(drawn)
    )


def _apart(
    picture: Picture, thing: Thing, graphs: Mapping[str, facts.Graph], senses: naming.Senses
) -> bool:
    """Whether a picture's English captions are understood and name nothing of a thing's kind."""
    if not picture.english:
        return False
    for pair in picture.english:
        graph = graphs.get(pair["uid"])
        if graph is None:
            return False
        for node in graph.objects():
            sense = senses.links.get((pair["uid"], node["node"]))
            if node["kind"] != OBJECT or sense is None or node["lemma"] == thing.lemma:
                return False
            if sense in thing.kinds or thing.sense in senses.kinds(sense):
                return False
    return True
