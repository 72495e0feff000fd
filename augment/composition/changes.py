"""A thing in, two scenes around it that differ in one fact out: relation, count, object, attribute.

Both scenes share places and every other object. The relation changes when the two things change
places, the count when there is one more, the object when another thing takes the same box; an
attribute is a size, a colour that the object is painted in, or another picture of the pool that
differs in one colour word or in the tone of skin alone: beside a thing, or by itself, in every
language in which the pool tells both tones.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from augment.composition import colours, placing
from augment.composition.casting import Cast
from augment.composition.naming import TONES, Thing
from augment.composition.placing import Place
from augment.composition.scenes import OPPOSITE, Part, Scene
from augment.words import caption_words
from curate.dataset import truth

_USUAL = (0.26, 0.42)  # extents of the two things, shares of the canvas
_ALONE = (0.6, 0.9)  # extent of a thing by itself
_IN_CELL = (0.7, 1.0)  # share of its cell that a counted object takes
_BESIDE, _SMALL, _LARGE = 0.3, 0.17, 0.5  # of what stands beside a size that changes, and of it
_RATIO = 2.0  # of the boxes' areas, between what is called small, or large, and what is beside it
_TONES_APART = 2  # steps between two tones of skin that are plainly not the same
_TRIED = 8  # partners for a kind of change


class Twins(NamedTuple):
    """Two scenes that differ in one fact, and the places of the objects of either."""

    scenes: tuple[Scene, Scene]
    places: tuple[list[Place], list[Place]]


class Stage(NamedTuple):
    """What a change is made with."""

    thing: Thing
    number: int
    cast: Cast
    canvas: int
    draw: random.Random

    def partners(self, kind: str, fits: Callable[[Thing], bool] | None = None) -> Iterator[Thing]:
        """Things that can stand beside the thing."""
        wanted = fits or (lambda _: True)
        return itertools.islice(
            self.cast.partners(
                self.thing,
                lambda other: self.thing.unlike(other) and wanted(other),
                "counterfactual",
                kind,
                self.number,
            ),
            _TRIED,
        )

    def shape(self, thing: Thing) -> placing.Shape:
        """Width and height of a thing's cut-out, pixels."""
        image = self.cast.cut_out(thing.image)
        assert image is not None, thing.image
        return image.size

    def scene(
        self, parts: tuple[Part, Part], extents: Sequence[float]
    ) -> tuple[Scene, list[Place]] | None:
        """Two parts in a drawn relation, and their places; None where there is no room."""
        relation = self.draw.choice(tuple(OPPOSITE))
        sizes = [
            placing.scaled(self.shape(part.thing), extent, self.canvas)
            for part, extent in zip(parts, extents, strict=True)
        ]
        axis = 0 if relation in ("left", "right") else 1
        order = [0, 1] if relation in ("left", "above") else [1, 0]
        placed = placing.in_line(sizes[order[0]], sizes[order[1]], axis, self.canvas, self.draw)
        return placed and (Scene(parts, relation), [placed[number] for number in order])


def _relation(stage: Stage) -> Iterator[Twins]:
    """Two things change places within the span that they take together."""
    for partner in stage.partners("relation"):
        extents = [stage.draw.uniform(*_USUAL) for _ in "ab"]
        found = stage.scene((Part(stage.thing), Part(partner)), extents)
        if found is None:
            continue
        scene, places = found
        axis = 0 if scene.relation in ("left", "right") else 1
        swapped = placing.swapped(places[0], places[1], axis)
        turned = scene._replace(relation=OPPOSITE[scene.relation or ""])
        yield Twins((scene, turned), (places, list(swapped)))


def _count(stage: Stage) -> Iterator[Twins]:
    """One more of the thing; beside it perhaps another thing."""
    number = stage.draw.randint(2, 4)
    beside: list[Part] = []
    if number < 4 and stage.draw.random() < 0.5:
        beside = [
            Part(partner)
            for partner in itertools.islice(stage.partners("count", stage.thing.apart), 1)
        ]
    fewer = Scene((Part(stage.thing, number), *beside))
    more = Scene((Part(stage.thing, number + 1), *beside))
    shapes = [stage.shape(more.parts[owner].thing) for owner in more.owners()]
    places = placing.scattered(shapes, _IN_CELL, stage.canvas, stage.draw)
    yield Twins((fewer, more), (places[:number] + places[number + 1 :], places))


def _object(stage: Stage) -> Iterator[Twins]:
    """Another thing in the partner's box."""
    for partner in stage.partners("object"):
        extents = [stage.draw.uniform(*_USUAL) for _ in "ab"]
        found = stage.scene((Part(stage.thing), Part(partner)), extents)
        other = next(stage.partners("other", partner.apart), None)
        if found is None or other is None:
            continue
        yield _replaced(stage, found, Part(other))


def _attribute(stage: Stage) -> Iterator[Twins]:
    """The partner in another colour or tone of skin, or the thing in another size or tone."""
    changes = [_size, _looks, _painted, _tone]
    for change in stage.draw.sample(changes, len(changes)):
        yield from change(stage)


def _looks(stage: Stage) -> Iterator[Twins]:
    """A picture of the pool that differs in one colour word, or in the tone of skin alone."""
    for partner in stage.partners("looks", lambda other: bool(_alike(stage.cast, other))):
        twin = stage.draw.choice(_alike(stage.cast, partner))
        toned = partner.name == twin.name
        parts = Part(stage.thing), Part(partner, tone=partner.tone if toned else None)
        found = stage.scene(parts, [stage.draw.uniform(*_USUAL) for _ in "ab"])
        if found is not None and stage.cast.cut_out(twin.image) is not None:
            yield _replaced(stage, found, Part(twin, tone=twin.tone if toned else None))


def _painted(stage: Stage) -> Iterator[Twins]:
    """The partner as it is, and painted in another colour; either is told with its colour."""
    for partner in stage.partners("painted", _paintable):
        cutout = stage.cast.cut_out(partner.image)
        own = None if cutout is None else colours.dominant(cutout)
        if cutout is None or own is None or not set(partner.attributes) <= {own}:
            continue
        new = colours.others(cutout)
        parts = Part(stage.thing), Part(partner, colour=own)
        found = stage.scene(parts, [stage.draw.uniform(*_USUAL) for _ in "ab"])
        if new and found is not None:
            becomes = Part(partner, colour=stage.draw.choice(new), painted=True)
            yield _replaced(stage, found, becomes)


def _paintable(thing: Thing) -> bool:
    """Whether a colour may stand before its name: nothing else does, and its skin has none."""
    told = set(thing.attributes)
    others = told ^ (colours.BANDS.keys() & set(thing.name.split()))  # no orange that is blue
    return not (others or thing.tone or thing.field in ("person", "body"))


def _tone(stage: Stage) -> Iterator[Twins]:
    """The thing by itself in two tones of skin."""
    if stage.thing.tone is None:
        return
    for twin in stage.draw.sample(alike := _alike(stage.cast, stage.thing), len(alike)):
        if stage.cast.cut_out(twin.image) is None:
            continue
        size = placing.scaled(stage.shape(stage.thing), stage.draw.uniform(*_ALONE), stage.canvas)
        corner = [stage.draw.randint(0, stage.canvas - side) for side in size]
        place = (corner[0], corner[1], *size)
        other = placing.resized(place, stage.shape(twin), None, stage.canvas)
        scenes = [Scene((Part(thing, tone=thing.tone),)) for thing in (stage.thing, twin)]
        yield Twins((scenes[0], scenes[1]), ([place], [other]))


def _size(stage: Stage) -> Iterator[Twins]:
    """The thing small, and large, beside one that stays as it is."""
    for partner in stage.partners("size"):
        parts = Part(stage.thing, size="large"), Part(partner)
        found = stage.scene(parts, (_LARGE, _BESIDE))
        if found is None:
            continue
        large, beside = found[1]
        small = placing.resized(large, stage.shape(stage.thing), _SMALL, stage.canvas)
        areas = [place[2] * place[3] for place in (small, beside, large)]
        if areas[1] >= _RATIO * areas[0] and areas[2] >= _RATIO * areas[1]:
            little = Scene((parts[0]._replace(size="small"), parts[1]), found[0].relation)
            yield Twins((found[0], little), (found[1], [small, beside]))


def _replaced(stage: Stage, found: tuple[Scene, list[Place]], part: Part) -> Twins:
    """A scene, and the same with another second part in the place of its own."""
    scene, places = found
    place = placing.resized(places[1], stage.shape(part.thing), None, stage.canvas)
    other = scene._replace(parts=(scene.parts[0], part))
    return Twins((scene, other), (places, [places[0], place]))


def _alike(cast: Cast, thing: Thing) -> list[Thing]:
    """Things that differ from one in a colour word alone, or plainly in the tone of skin alone."""
    found = []
    for other in cast.namesakes(thing):
        if thing.tone and other.tone and (thing.name, thing.field) == (other.name, "person"):
            if abs(TONES.index(thing.tone) - TONES.index(other.tone)) >= _TONES_APART:
                found.append(other)
        elif thing.tone is None and other.tone is None and _recoloured(thing.name, other.name):
            found.append(other)
    return found


def _recoloured(name: str, other: str) -> bool:
    words, others = name.split(), other.split()
    changed = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    return len(words) == len(others) and len(changed) == 1 and all(map(_colour, changed[0]))


def _colour(word: str) -> bool:
    return caption_words.mention(word, "en", "colour") == word


CHANGES: dict[str, Callable[[Stage], Iterator[Twins]]] = {
    truth.RELATION: _relation,
    truth.COUNT: _count,
    truth.OBJECT: _object,
    truth.ATTRIBUTE: _attribute,
}
