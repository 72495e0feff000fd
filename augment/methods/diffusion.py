"""Prompts from the bank of concepts in; pictures that any diffusers pipeline draws to them out.

The rarest concepts come first. Of each prompt's candidates those that the pipeline's safety
checker flagged are refused, and of the others a CLIP keeps the one most like the prompt, if it is
more like that than like every other prompt of the bank. What is drawn is remembered picture by
picture: a run that was killed draws none twice.

The CLIP is a judge of its own only where the pipeline's text encoder is another: our own small
pipeline is told its captions by the very CLIP that judges it, so look at what it made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from augment import facts
from augment.diffusion import choosing, concepts, making
from augment.diffusion.concepts import Phrase
from augment.diffusion.making import Brush, DrawingParams
from augment.diffusion.prompts import Prompts, plan
from augment.made import Batch, Context, Share
from curate.dataset import record, truth
from curate.stage.params import parameters

METHOD = "diffusion"
TABLES = {"facts": truth.FACTS}


@parameters
class Params(DrawingParams):
    """`make.diffusion`."""

    share: Share = 1.0
    task: Literal["text", "image", "inpaint"] = "text"  # drawn from noise, or over the parent
    prompts: Prompts = field(default_factory=Prompts)
    mask: Literal["ground", "object"] = "ground"  # what inpainting draws anew of a cut-out


@dataclass(frozen=True)
class _Job:
    """A picture to draw: its prompt, and its number among those of the prompt."""

    phrase: Phrase
    index: int


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """What is drawn to the prompts whose pairs are among `rows` (schema `sets.LOCATED`)."""
    batch = Batch(rows={"facts": []})
    given = {row["uid"]: row for row in rows.to_pylist()}
    asked = params.prompts
    bank = concepts.bank(
        context.training, context.labels, asked.objects, asked.language, asked.sources, asked.plain
    )
    chosen = plan(bank, asked, params.seed)
    jobs = [
        _Job(phrase, index)
        for phrase in chosen
        if phrase.parent in given
        for index in range(params.per_image)
    ]
    if not jobs:
        return batch
    batch.counts["prompts", "found"] += len({job.phrase for job in jobs})
    prompts = sorted({phrase.text for concept in bank for phrase in concept.phrases})
    brush = Brush(METHOD, params.task, params)
    recipes = [_recipe(job, brush, params) for job in jobs]
    choices = choosing.Choices(recipes, brush.loaded, params.judge, prompts)
    for job, recipe in zip(jobs, recipes, strict=True):
        pair = given[job.phrase.parent]
        made = making.add(batch, pair, recipe, choices.of(recipe, pair))
        if made is not None:
            uid = record.pair_uid(made.image, pair["lang"], job.phrase.text)
            batch.rows["facts"] += facts.rows(uid, job.phrase.facts or ())
    choices.gather()
    return batch


def asked(params: Params) -> dict[tuple[str, ...], int]:
    """How many prompts were asked for; found are fewer where the bank runs dry."""
    return {("prompts", "asked"): params.prompts.count}


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, see `augment.diffusion.making`."""
    return making.remake(recipe, parents)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:  # noqa: ARG001
    """The caption again: what was asked for."""
    return str(recipe["prompt"])


def _recipe(job: _Job, brush: Brush, params: Params) -> dict[str, Any]:
    """All that is needed to draw the candidates."""
    phrase = job.phrase
    image = None if params.task == "text" else phrase.image
    recipe = brush.recipe(phrase.text, phrase.parent, phrase.text, job.index, image=image)
    return recipe | ({"mask": params.mask} if params.task == "inpaint" else {})
