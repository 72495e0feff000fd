"""Prompts from the bank of concepts in; pictures that any diffusers pipeline draws to them out.

The rarest concepts come first. Of each prompt's candidates those that the pipeline's safety
checker flagged are refused, and of the others a CLIP keeps the one most like the prompt. A recipe
names the model with the hash of its files, and a hub's with its commit, so the picture can be drawn
again to the byte on the same libraries and kind of device. What is drawn is remembered picture by
picture: a run that was killed draws none twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from augment import facts
from augment.diffusion import choosing, concepts, drawing, pipeline
from augment.diffusion.concepts import Phrase
from augment.diffusion.judge import JudgeParams
from augment.diffusion.prompts import Prompts, plan
from augment.made import (
    Batch,
    Context,
    Count,
    Made,
    MadeCaption,
    MethodParams,
    Share,
    seed,
)
from curate.dataset import pixels, record, truth
from curate.dataset.errors import DataError, ParamsError, WeightsError
from curate.stage import machine
from curate.stage.params import parameters

METHOD = "diffusion"
TABLES = {"facts": truth.FACTS}


@parameters
class Params(MethodParams):
    """`make.diffusion`."""

    share: Share = 1.0
    model: str = "models/diffusion"  # folder or hub id
    task: Literal["text", "image", "inpaint"] = "text"  # drawn from noise, or over the parent
    prompts: Prompts = field(default_factory=Prompts)
    negative: str = ""
    candidates: Count = 4  # for each prompt; one batch
    steps: Count = 10
    guidance: Annotated[float, Field(ge=0)] = 3.0
    strength: Annotated[float, Field(gt=0, le=1)] = 0.7  # of what is drawn over a parent
    mask: Literal["ground", "object"] = "ground"  # what inpainting draws anew of a cut-out
    side: Annotated[int, Field(ge=8, multiple_of=8)] | None = None  # pixels; null: the pipeline's
    scheduler: str | None = None  # class in diffusers; null: the pipeline's
    scheduler_config: Mapping[str, Any] = field(default_factory=dict)  # what of it is changed
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    judge: JudgeParams = field(default_factory=JudgeParams)
    seed: int = 0


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
        context.training, context.labels, asked.objects, asked.language, asked.sources
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
    loaded = _load(params)
    recipes = [_recipe(job, loaded, params) for job in jobs]
    choices = choosing.Choices(recipes, loaded, params.judge)
    for job, recipe in zip(jobs, recipes, strict=True):
        _add(batch, job.phrase, recipe, choices.of(recipe, given[job.phrase.parent]))
    choices.gather()
    return batch


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and the parent's encoded bytes.

    Raises:
        WeightsError: the model is not there, or is another by now.
        DataError: this machine draws on another kind of device than the recipe's.
        ImageError: the parent's bytes are no usable picture.
    """
    scheduler = pipeline.Scheduler.of(recipe["scheduler"], recipe["scheduler_config"])
    if recipe["device"] != (here := machine.device().type):
        raise DataError(
            f"the picture was drawn on {recipe['device']}, and this machine draws on {here}, which "
            f"rounds otherwise; make it again on a machine with {recipe['device']}"
        )
    revision = recipe.get("revision")
    loaded = pipeline.load(
        recipe["model"], recipe["task"], recipe["precision"], scheduler, revision
    )
    if loaded.print != recipe["model_hash"]:
        raise WeightsError(
            f"{recipe['model']} holds other files than the picture was drawn by: their hash is "
            f"{loaded.print}, the recipe's {recipe['model_hash']}; fetch the model of then"
            + (f", commit {revision}" if revision else "")
        )
    parent = None if recipe["task"] == "text" else pixels.decode(parents[0])
    candidate = drawing.draw(loaded.pipeline, recipe, parent)[recipe["chosen"]]
    return drawing.encoded(candidate.picture, recipe)


def _load(params: Params) -> pipeline.Loaded:
    scheduler = pipeline.Scheduler.of(params.scheduler, params.scheduler_config)
    return pipeline.load(params.model, params.task, params.precision, scheduler)


def _recipe(job: _Job, loaded: pipeline.Loaded, params: Params) -> dict[str, Any]:
    """All that is needed to draw the candidates."""
    side = params.side or pipeline.side(loaded.pipeline)
    if side is None:
        raise ParamsError(
            f"make.{METHOD}.side is null and {params.model} does not say which size it draws"
        )
    first = seed(METHOD, params.seed, job.phrase.parent, job.phrase.text, job.index)
    recipe = {
        "method": METHOD,
        "library": pipeline.library_versions(),
        "model": params.model,
        "model_hash": loaded.print,
        "revision": loaded.revision,
        "task": params.task,
        "prompt": job.phrase.text,
        "negative": params.negative,
        "seeds": [(first + number) % 2**32 for number in range(params.candidates)],
        "steps": params.steps,
        "guidance": params.guidance,
        "side": side,
        "scheduler": loaded.scheduler,
        "scheduler_config": dict(params.scheduler_config),
        "precision": loaded.precision,
        "device": loaded.pipeline.device.type,
        "quality": params.quality,
    }
    if params.task != "text":
        recipe |= {"image": job.phrase.image, "strength": params.strength}
    if params.task == "inpaint":
        recipe["mask"] = params.mask
    return recipe


def _add(batch: Batch, phrase: Phrase, recipe: dict[str, Any], choice: choosing.Choice) -> None:
    """Add a drawn picture to the batch, or why there is none."""
    batch.counts["candidates", "drawn"] += len(recipe["seeds"])
    batch.counts["candidates", choosing.UNSAFE] += choice["unsafe"]
    if choice["reason"] is not None:
        detail = f"{recipe['prompt']!r}: {choice['detail']}"
        batch.rejected.append((phrase.parent, choice["reason"], detail))
        return
    told = {**recipe, "chosen": choice["chosen"]}
    caption = MadeCaption(phrase.parent, phrase.text, phrase.lang, told)
    made = Made(choice["data"], "jpg", choice["width"], choice["height"], [caption])
    batch.made.append(made)
    uid = record.pair_uid(made.image, phrase.lang, phrase.text)
    batch.rows["facts"] += facts.rows(uid, phrase.facts or ())
