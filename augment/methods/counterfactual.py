"""Counterfactual pairs: the same composed scene twice, with exactly one fact changed.

Hard negatives with a proof. Both pictures share ground, places and every other object; their
captions share every word but those of the fact (`augment.composition.changes`). That one fact
differs, and no more, is checked on the facts themselves (`augment.composition.difference`) before
anything is drawn. Either picture is as often the first as the other, so that no caption is
betrayed by its form.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from augment.composition import casting, composing, publishing, saying, scenes
from augment.composition.casting import NO_PARTNER, Cast, ComposingParams
from augment.composition.changes import CHANGES, Stage
from augment.composition.difference import difference, tells
from augment.composition.placing import Place
from augment.composition.scenes import Scene, Telling
from augment.made import Batch, Context, seed
from curate.dataset import truth
from curate.stage.params import parameters

METHOD = "counterfactual"
TABLES = {**publishing.TABLES, "counterfactuals": truth.COUNTERFACTUALS}


@parameters
class Params(ComposingParams):
    """`make.counterfactual`."""


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Two pictures around every thing among the pictures of `rows`."""
    batch = Batch()
    cast = Cast(context, params)
    for thing in cast.anchors(rows.to_pylist(), batch):
        for number in range(params.per_image):
            draw = random.Random(seed(METHOD, thing.image, number))
            stage = Stage(thing, number, cast, params.longest_side, draw)
            kinds = draw.sample(sorted(CHANGES), len(CHANGES))
            kind = next((kind for kind in kinds if _publish(kind, stage, params, batch)), None)
            if kind is not None:
                batch.counts["changes", kind] += 1
                continue
            detail = "nothing beside it of which one fact could change"
            batch.rejected += [(pair["uid"], NO_PARTNER, detail) for pair in thing.picture.pairs]
    cast.close()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and its parents' bytes."""
    return composing.remake(recipe, parents)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:
    """The caption again, see `augment.composition.saying`."""
    return saying.recaption(recipe, captions, lang)


def _publish(kind: str, stage: Stage, params: Params, batch: Batch) -> bool:
    """Draw the first two scenes that differ in one fact of a kind; False: there are none."""
    for twins in CHANGES[kind](stage):
        found = difference(*(scene.facts() for scene in twins.scenes))
        parts = {
            (part.thing.image, part.painted): part for scene in twins.scenes for part in scene.parts
        }
        shown = [stage.cast.shown(parts[name]) for name in sorted(parts)]
        cutouts = [cutout for cutout in shown if cutout is not None]
        ground = composing.ground_for(cutouts, stage.draw)
        plain = all(
            _plain(scene, places, stage.canvas)
            for scene, places in zip(twins.scenes, twins.places, strict=True)
        )
        if found is None or found.kind != kind or ground is None or not plain:
            continue
        turned = stage.draw.random() < 0.5
        told = []
        for which in (1, 0) if turned else (0, 1):
            scene, places = twins.scenes[which], twins.places[which]
            plan = casting.recipe(METHOD, scene, places, ground, params)
            if scene.parts[0].thing.image != stage.thing.image:  # told by itself, of its own pairs
                batch.beside += scene.parts[0].thing.picture.pairs
            told.append(casting.draw_scene(scene, plan, stage.cast, batch))
        batch.rows.setdefault("counterfactuals", []).extend(_proofs(*told))
        return True
    return False


def _plain(scene: Scene, places: Sequence[Place], canvas: int) -> bool:
    """Whether the scene can be told in English, and its relation is plain in the boxes."""
    if scene.english() is None:
        return False
    if scene.relation is None:
        return True
    boxes = [(x, y, x + width, y + height) for x, y, width, height in places]
    named = scenes.NAMED[scene.relation]
    return (0, named, 1) in composing.relations(boxes, canvas)


def _proofs(first: Mapping[str, Telling], second: Mapping[str, Telling]) -> list[dict[str, str]]:
    """A row for either of two pairs that are told in the same way and differ in one fact."""
    found = []
    for own, one in first.items():
        for other, two in second.items():
            alike = (one.lang, one.converse) == (two.lang, two.converse)
            if not alike or one.text == two.text:  # a size is told in English alone
                continue
            change = difference(one.facts, two.facts)
            assert change is not None, (one.text, two.text)
            if not tells(change, one, two):
                continue
            was, becomes = change.was.words(), change.becomes.words()
            found += [
                {"uid": own, "other": other, "kind": change.kind, "was": becomes, "becomes": was},
                {"uid": other, "other": own, "kind": change.kind, "was": was, "becomes": becomes},
            ]
    return found
