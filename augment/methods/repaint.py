"""Counterfactual pairs by inpainting: a pair's thing drawn anew, in another colour or as another.

The made picture is its parent's to the pixel, but within the thing's outline, or the box around it
where another thing is drawn; its caption is the parent's but for the words of one fact. So parent
and twin are hard negatives of each other. The one fact is checked on the facts
(`augment.composition.retelling`) and on the pictures (`augment.diffusion.proving`): what the judge
does not tell from its parent is refused with the reason. Any diffusers pipeline that inpaints will
do; a small one draws small things badly, so look at what it makes before training on it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from augment import facts
from augment.composition import retelling
from augment.composition.casting import NO_PARTNER, Cast, ComposingParams
from augment.composition.naming import Thing
from augment.composition.retelling import Retold
from augment.diffusion import choosing, making
from augment.diffusion.making import Brush, DrawingParams
from augment.made import Batch, Context, Count, seed
from curate.dataset import record, truth
from curate.dataset.errors import ParamsError
from curate.dataset.truth import ATTRIBUTE, OBJECT
from curate.stage.params import parameters

METHOD = "repaint"
TABLES = {"facts": truth.FACTS, "counterfactuals": truth.COUNTERFACTUALS}
_MASKS = {ATTRIBUTE: "outline", OBJECT: "box"}  # another thing has another outline
Kind = Literal["attribute", "object"]


@parameters
class Params(DrawingParams, ComposingParams):
    """`make.repaint`."""

    strength: Annotated[float, Field(gt=0, le=1)] = 1.0  # of what is drawn anew; 1: from noise
    kinds: tuple[Kind, ...] = ("attribute", "object")  # of facts that change
    least: Count = 8  # plainly named pictures of what is drawn in another's place
    margin: Annotated[float, Field(gt=0, le=2)] = 0.1  # cosine, nearer to the own caption


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Twins of the things among the pictures of `rows` (schema `sets.LOCATED`)."""
    if params.judge.model is None:
        raise ParamsError(
            f"make.{METHOD}.judge.model is null, but twins are proven by it; name a CLIP, such as "
            "local-dir:models/filter_network, which `dvc repro filter_network` makes"
        )
    batch = Batch(rows={name: [] for name in TABLES})
    cast = Cast(context, params)
    jobs = list(_jobs(rows, cast, params, batch))
    cast.close()
    if not jobs:
        return batch
    brush = Brush(METHOD, "inpaint", params)
    recipes = [_recipe(thing, retold, brush, params) for thing, retold in jobs]
    choices = choosing.Choices(recipes, brush.loaded, params.judge)
    for (thing, retold), recipe in zip(jobs, recipes, strict=True):
        made = making.add(batch, thing.pair, recipe, choices.of(recipe, thing.pair))
        if made is not None:
            uid = record.pair_uid(made.image, thing.pair["lang"], retold.caption)
            batch.counts["changes", retold.change.kind] += 1
            batch.rows["facts"] += facts.rows(uid, retold.facts)
            batch.rows["counterfactuals"].append(_proof(uid, thing, retold))
    choices.gather()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, see `augment.diffusion.making`."""
    return making.remake(recipe, parents)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:
    """The caption again: the parent's with the words of the fact that differs."""
    twin = recipe["twin"]
    return retelling.retell(captions[0], twin["was"], twin["becomes"]) or ""


def _jobs(
    rows: pa.Table, cast: Cast, params: Params, batch: Batch
) -> Iterator[tuple[Thing, Retold]]:
    """Things with their new captions; of what has none the reason is added to the batch."""
    for thing in cast.anchors(rows.to_pylist(), batch):
        told: set[str] = set()
        for number in range(params.per_image):
            found = _retold(thing, cast, params, number)
            new = next((one for one in found if one.caption not in told), None)
            if new is None:
                detail = "no colour or other thing that its caption could tell"
                batch.rejected.append((thing.pair["uid"], NO_PARTNER, detail))
                break
            told.add(new.caption)
            yield thing, new


def _retold(thing: Thing, cast: Cast, params: Params, number: int) -> Iterator[Retold]:
    """Captions of the thing with one fact changed; of which kind first, is drawn."""
    draw = random.Random(seed(METHOD, params.seed, thing.image, number))
    for kind in draw.sample(params.kinds, len(params.kinds)):
        if kind == ATTRIBUTE:
            yield from retelling.recoloured(thing, cast, draw)
        else:
            yield from retelling.replaced(thing, cast, params.least, METHOD, params.seed, number)


def _recipe(thing: Thing, retold: Retold, brush: Brush, params: Params) -> dict[str, Any]:
    """All that is needed to draw the candidates, and to tell which is a twin."""
    recipe = brush.recipe(retold.caption, thing.pair["uid"], retold.caption, image=thing.image)
    return recipe | {
        "mask": _MASKS[retold.change.kind],
        "longest_side": params.longest_side,
        "twin": {
            "caption": thing.pair["caption"],
            "kind": retold.change.kind,
            "was": retold.was,
            "becomes": retold.becomes,
            "margin": params.margin,
        },
    }


def _proof(uid: str, thing: Thing, retold: Retold) -> dict[str, str]:
    """That the made pair differs from its parent in one fact."""
    change = retold.change
    was, becomes = change.was.words(), change.becomes.words()
    proof = {"other": thing.pair["uid"], "kind": change.kind, "was": was, "becomes": becomes}
    return {"uid": uid, **proof}
