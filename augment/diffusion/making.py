"""What methods share that draw by a diffusers pipeline: params in; recipes and pictures out.

A recipe names the model with the hash of its files, and a hub's with its commit, so the picture can
be drawn again to the byte on the same libraries and kind of device.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import Field

from augment.diffusion import choosing, drawing, pipeline
from augment.diffusion.judge import JudgeParams
from augment.diffusion.over import over
from augment.made import Batch, Count, Made, MadeCaption, MethodParams, seed
from curate.dataset import pixels
from curate.dataset.errors import DataError, ParamsError, WeightsError
from curate.stage import machine
from curate.stage.params import parameters


@parameters
class DrawingParams(MethodParams):
    """What every method that draws is asked for."""

    model: str = "models/diffusion"  # folder or hub id
    negative: str = ""
    candidates: Count = 4  # for each prompt; one batch
    steps: Count = 10
    guidance: Annotated[float, Field(ge=0)] = 3.0
    strength: Annotated[float, Field(gt=0, le=1)] = 0.7  # of what is drawn over a parent
    side: Annotated[int, Field(ge=8, multiple_of=8)] | None = None  # pixels; null: the pipeline's
    scheduler: str | None = None  # class in diffusers; null: the pipeline's
    scheduler_config: Mapping[str, Any] = field(default_factory=dict)  # what of it is changed
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    judge: JudgeParams = field(default_factory=JudgeParams)
    seed: int = 0


class Brush:
    """A pipeline for a task, and the recipes that are drawn by it.

    Args:
        method: name of the method that draws.
        task: text, image or inpaint.
        params: of the method.

    Raises:
        WeightsError: there is no such pipeline, or it cannot be loaded.
        ParamsError: the pipeline does not do what the params ask for.
    """

    def __init__(self, method: str, task: str, params: DrawingParams) -> None:
        scheduler = pipeline.Scheduler.of(params.scheduler, params.scheduler_config)
        section = f"make.{method}"
        self.loaded = pipeline.load(params.model, task, params.precision, scheduler, None, section)
        self._method, self._task, self._params = method, task, params
        self._side = params.side or pipeline.side(self.loaded.pipeline)
        if self._side is None:
            raise ParamsError(
                f"{section}.side is null and {params.model} does not say which size it draws"
            )

    def recipe(self, prompt: str, *names: object, image: str | None = None) -> dict[str, Any]:
        """All that is needed to draw the candidates.

        Args:
            prompt: what they are drawn to.
            names: that the seeds follow from, besides the method and its seed.
            image: name of the picture that is drawn over; None for the task text.
        """
        first = seed(self._method, self._params.seed, *names)
        recipe = {
            "method": self._method,
            "library": pipeline.library_versions(),
            "model": self._params.model,
            "model_hash": self.loaded.print,
            "revision": self.loaded.revision,
            "task": self._task,
            "prompt": prompt,
            "negative": self._params.negative,
            "seeds": [(first + number) % 2**32 for number in range(self._params.candidates)],
            "steps": self._params.steps,
            "guidance": self._params.guidance,
            "side": self._side,
            "scheduler": self.loaded.scheduler,
            "scheduler_config": dict(self._params.scheduler_config),
            "precision": self.loaded.precision,
            "device": self.loaded.pipeline.device.type,
            "quality": self._params.quality,
        }
        if image is not None:
            recipe |= {"image": image, "strength": self._params.strength}
        return recipe


def add(
    batch: Batch, pair: Mapping[str, Any], recipe: dict[str, Any], choice: choosing.Choice
) -> Made | None:
    """Add a drawn picture, told by its prompt, to the batch, or why there is none.

    Args:
        batch: of the method.
        pair: the parent; its language is the prompt's.
        recipe: without the choice.
        choice: of the candidates.
    """
    batch.counts["candidates", "drawn"] += choice["drawn"]
    batch.counts["candidates", choosing.UNSAFE] += choice["unsafe"]
    if choice["reason"] is not None:
        detail = f"{recipe['prompt']!r}: {choice['detail']}"
        batch.rejected.append((pair["uid"], choice["reason"], detail))
        return None
    told = {**recipe, "chosen": choice["chosen"]}
    caption = MadeCaption(pair["uid"], recipe["prompt"], pair["lang"], told)
    made = Made(choice["data"], "jpg", choice["width"], choice["height"], [caption])
    batch.made.append(made)
    return made


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes]) -> bytes:
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
    revision, section = recipe.get("revision"), f"make.{recipe['method']}"
    loaded = pipeline.load(
        recipe["model"], recipe["task"], recipe["precision"], scheduler, revision, section
    )
    if loaded.print != recipe["model_hash"]:
        raise WeightsError(
            f"{recipe['model']} holds other files than the picture was drawn by: their hash is "
            f"{loaded.print}, the recipe's {recipe['model_hash']}; fetch the model of then"
            + (f", commit {revision}" if revision else "")
        )
    drawn_over = recipe["task"] != "text"
    given = over(recipe, pixels.decode_alpha(parents[0])) if drawn_over else None
    candidate = drawing.draw(loaded.pipeline, recipe, given)[recipe["chosen"]]
    return drawing.encoded(candidate.picture, recipe)
