"""Composition: objects cut out of kept pictures, on a ground, told exactly where they are.

Copy-paste (Ghiasi et al., 2021) with captions: "a lemon to the left of a horse", "three lemons",
"two dogs and a cat", "a tree behind a dog", "a cup on a box". Captions come from the parents' scene
graphs; boxes, relations, counts and what each phrase names are known, since the pictures are drawn
so, and go into the tables of `curate.dataset.truth`. Objects stand out from the ground and are
whole; none covers another, but where the caption tells that (`augment.composition.depth`).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from augment.composition import casting, composing, depth, placing, saying
from augment.composition.casting import NO_PARTNER, Cast, ComposingParams
from augment.composition.naming import Thing
from augment.composition.placing import Place
from augment.composition.publishing import TABLES
from augment.composition.scenes import OPPOSITE, Part, Scene
from augment.made import Batch, Context, Share, seed
from augment.words import wording
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption", "remake"]
METHOD = "compose"
_Planned = tuple[Scene, list[Place], tuple[int, int, int]]  # and the colour of the ground
_SMALL, _LARGE, _USUAL = (0.17, 0.22), (0.44, 0.5), (0.26, 0.46)  # extents: shares of the canvas
_IN_CELL = (0.7, 1.0)  # share of its cell that a counted object takes
_SIZED = 0.25  # share of the relations that tell a size, too
_RATIO = 3.0  # of the boxes' areas, between what is called large and small beside each other


@parameters
class Params(ComposingParams):
    """`make.compose`."""

    counting: Share = 0.4  # of the scenes that count; the others tell a relation
    depth: Share = 0.3  # of the scenes that tell a relation: in front of, or on
    backgrounds: Share = 0.0  # of those beside or above: before a picture that fills its frame
    most: Annotated[int, Field(ge=2, le=5)] = 5  # objects of one kind


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """A scene around every thing among the pictures of `rows`."""
    batch = Batch()
    cast = Cast(context, params)
    for thing in cast.anchors(rows.to_pylist(), batch):
        for number in range(params.per_image):
            draw = random.Random(seed(METHOD, thing.image, number))
            planned = _plan(thing, number, cast, params, draw)
            if planned is None:
                batch.rejected += [
                    (pair["uid"], NO_PARTNER, "none to stand beside it")
                    for pair in thing.picture.pairs
                ]
                continue
            scene, places, ground = planned
            plan = casting.recipe(METHOD, scene, places, ground, params)
            backdrop = None
            if scene.relation in OPPOSITE and draw.random() < params.backgrounds:
                found = cast.before(scene, plan, number)
                plan, backdrop = found or (plan, None)
                batch.counts["backgrounds", "found" if found else "none"] += 1
            casting.draw_scene(scene, plan, cast, batch, backdrop)
            batch.counts["scenes", _kind(scene)] += 1
    cast.close()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and its parents' bytes."""
    return composing.remake(recipe, parents)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:
    """The caption again, see `augment.composition.saying`."""
    return saying.recaption(recipe, captions, lang)


def _plan(
    thing: Thing, number: int, cast: Cast, params: Params, draw: random.Random
) -> _Planned | None:
    """A scene around a thing, where its objects are, and the ground; None: none could be had."""
    counts = draw.random() < params.counting and wording.plural(thing.name) is not None
    alone = counts and draw.random() < 0.5
    if alone:
        return _arranged(Scene((Part(thing, draw.randint(2, params.most)),)), cast, params, draw)
    kinds: list[Callable[..., _Planned | None]] = [_counted if counts else _beside]
    if not counts and draw.random() < params.depth:
        kinds.insert(0, draw.choice((_behind, _on)))
    for kind in kinds:
        for partner in cast.partners(
            thing, thing.apart if counts else thing.unlike, METHOD, number
        ):
            if (planned := kind(thing, partner, cast, params, draw)) is not None:
                return planned
    return None


def _counted(
    thing: Thing, partner: Thing, cast: Cast, params: Params, draw: random.Random
) -> _Planned | None:
    """Several of the thing, and the partner."""
    scene = Scene((Part(thing, draw.randint(2, min(params.most, 4))), Part(partner)))
    return _arranged(scene, cast, params, draw)


def _beside(
    thing: Thing, partner: Thing, cast: Cast, params: Params, draw: random.Random
) -> _Planned | None:
    """The thing to the left or right of the partner, above or below it."""
    relation = draw.choice(("left", "right", "above", "below"))
    sizes = draw.choice((("small", None), (None, "large"), ("small", "large")))
    sized = sizes if draw.random() < _SIZED else (None, None)
    first, second = (Part(t, 1, s) for t, s in zip((thing, partner), sized, strict=True))
    return _arranged(Scene((first, second), relation), cast, params, draw)


def _behind(
    thing: Thing, partner: Thing, cast: Cast, params: Params, draw: random.Random
) -> _Planned | None:
    """The partner in front of the thing, and both to be seen."""
    scene = Scene((Part(thing), Part(partner)), "behind")
    cutouts = [image for part in scene.parts if (image := cast.shown(part)) is not None]
    ground = composing.ground_for(cutouts, draw)
    places = depth.behind(cutouts[0], cutouts[1], params.longest_side, draw)
    if ground is None or places is None:
        return None
    plan = casting.recipe(METHOD, scene, places, ground, params)
    return (scene, places, ground) if depth.both_show(plan, cutouts) else None


def _on(
    thing: Thing, partner: Thing, cast: Cast, params: Params, draw: random.Random
) -> _Planned | None:
    """The thing on the flat top of a partner that people made."""
    if partner.field != "artifact":
        return None
    scene = Scene((Part(thing), Part(partner)), "on")
    cutouts = [image for part in scene.parts if (image := cast.shown(part)) is not None]
    ground = composing.ground_for(cutouts, draw)
    places = depth.standing(cutouts[0], cutouts[1], params.longest_side, draw)
    return None if ground is None or places is None else (scene, places, ground)


def _kind(scene: Scene) -> str:
    """What a scene tells, as it is counted."""
    if scene.relation is None:
        return "count"
    return "relation" if scene.relation in OPPOSITE else scene.relation


def _arranged(scene: Scene, cast: Cast, params: Params, draw: random.Random) -> _Planned | None:
    """Places and a ground for a scene, or None where it has no room or nothing shows it."""
    found = [cast.cut_out(part.thing.image) for part in scene.parts]
    cutouts = [image for image in found if image is not None]
    ground = composing.ground_for(cutouts, draw)
    places = _places(scene, [image.size for image in cutouts], params.longest_side, draw)
    if ground is None or places is None or scene.english() is None:
        return None
    return scene, places, ground


def _places(
    scene: Scene, shapes: Sequence[placing.Shape], canvas: int, draw: random.Random
) -> list[Place] | None:
    if scene.relation is None:
        each = [shapes[owner] for owner in scene.owners()]
        return placing.scattered(each, _IN_CELL, canvas, draw)
    sizes = [
        placing.scaled(shape, draw.uniform(*extents), canvas)
        for shape, extents in zip(shapes, _extents(scene), strict=True)
    ]
    if any(part.size for part in scene.parts) and not _apart(sizes):
        return None
    axis = 0 if scene.relation in ("left", "right") else 1
    order = [0, 1] if scene.relation in ("left", "above") else [1, 0]
    placed = placing.in_line(sizes[order[0]], sizes[order[1]], axis, canvas, draw)
    return None if placed is None else [placed[number] for number in order]


def _extents(scene: Scene) -> list[tuple[float, float]]:
    """How large each part may be; what stands beside something small is large, and conversely."""
    sizes = [part.size for part in scene.parts]
    if not any(sizes):
        return [_USUAL, _USUAL]
    opposite = {"small": "large", "large": "small"}
    full = [own or opposite[other or ""] for own, other in zip(sizes, reversed(sizes), strict=True)]
    return [_SMALL if size == "small" else _LARGE for size in full]


def _apart(sizes: Sequence[placing.Shape]) -> bool:
    """Whether what is called small or large is so beside the other."""
    small, large = sorted(width * height for width, height in sizes)
    return large >= _RATIO * small
