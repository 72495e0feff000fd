"""A pipeline, a recipe and perhaps a picture to draw over in; the candidates that are drawn out.

All candidates of a prompt are one batch, and no other is ever drawn beside them: a batch of
another size rounds differently, so this is what makes a picture's bytes follow from its recipe.
Each has a generator of its own on the processor, whose numbers no accelerator changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from PIL import Image

from augment.made import encode
from curate.dataset import marks
from curate.dataset.errors import ParamsError

_STEP = 8  # pixels: sides are multiples of it, as pipelines ask
_TOUCHED = 32  # of 255: how much of a pixel the mask covers where a pipeline draws it anew


@dataclass(frozen=True)
class Candidate:
    """What was drawn, and whether the pipeline's safety checker took offence and blackened it."""

    picture: Image.Image
    unsafe: bool


class Over(NamedTuple):
    """What is drawn over.

    Attributes:
        parent: RGB.
        mask: L, as large: 0 where the parent stays, 255 where it is drawn anew, between them where
            what is drawn fades into white; None: all is drawn anew.
    """

    parent: Image.Image
    mask: Image.Image | None

    def cut_out(self, picture: Image.Image) -> Image.Image:
        """What a picture as large as the parent shows within the mask, RGBA."""
        found = picture.copy()
        if self.mask is not None:
            found.putalpha(self.mask)
        return found.convert("RGBA")


def draw(pipeline: Any, recipe: Mapping[str, Any], over: Over | None) -> list[Candidate]:
    """All candidates of a recipe, in order.

    Args:
        pipeline: for the recipe's task.
        recipe: of a method that draws.
        over: what is drawn over; None for the task text.

    Raises:
        ParamsError: the pipeline refuses what is asked of it.
    """
    seeds = recipe["seeds"]
    asked: dict[str, Any] = {
        "prompt": [recipe["prompt"]] * len(seeds),
        "num_inference_steps": recipe["steps"],
        "guidance_scale": recipe["guidance"],
        "generator": [torch.Generator().manual_seed(seed) for seed in seeds],
    }
    if recipe["negative"]:
        asked["negative_prompt"] = [recipe["negative"]] * len(seeds)
    if over is None:
        asked |= {"height": recipe["side"], "width": recipe["side"]}
    else:
        parent = prepared(over.parent, recipe["side"])
        asked |= {"image": [parent] * len(seeds), "strength": recipe["strength"]}
        if over.mask is not None:
            asked |= {"mask_image": [_lessened(over.mask, parent.size)] * len(seeds)}
            asked |= {"height": parent.height, "width": parent.width}
    try:
        with torch.inference_mode():
            found = pipeline(**asked, output_type="pil")
    except ValueError as error:
        section = f"make.{recipe.get('method', 'diffusion')}"
        raise ParamsError(
            f"{section}: {type(pipeline).__name__} does not draw this: {error}"
        ) from error
    flags = getattr(found, "nsfw_content_detected", None) or [False] * len(seeds)
    return [
        Candidate(_pasted(picture.convert("RGB"), over), bool(flag))
        for picture, flag in zip(found.images, flags, strict=True)
    ]


def prepared(parent: Image.Image, side: int) -> Image.Image:
    """A parent as a pipeline sees it: its longer side is `side` pixels, both multiples of 8."""
    scale = side / max(parent.size)
    width, height = (max(_STEP, round(s * scale / _STEP) * _STEP) for s in parent.size)
    return parent.resize((width, height), Image.Resampling.LANCZOS)


def encoded(picture: Image.Image, recipe: Mapping[str, Any]) -> bytes:
    """A drawn picture as JPEG of its recipe's quality, with its mark."""
    whole = recipe["task"] == "text"
    kind = marks.GENERATED if whole else marks.GENERATED_IN_PART
    mark = marks.Mark(kind, recipe["method"], () if whole else [recipe["image"]])
    return encode(picture, recipe["quality"], mark)


def _lessened(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A mask as a pipeline reads it: black and white, and never less than is drawn anew."""
    smaller = mask.resize(size, Image.Resampling.BOX)
    return smaller.point(lambda value: 255 if value >= _TOUCHED else 0)


def _pasted(picture: Image.Image, over: Over | None) -> Image.Image:
    """What was drawn, with the parent's own pixels where the mask is black."""
    if over is None or over.mask is None:
        return picture
    white = Image.new("RGB", over.parent.size, "white")
    drawn = Image.composite(picture.resize(over.parent.size), white, over.mask)
    return Image.composite(drawn, over.parent, over.mask.point(lambda value: 255 if value else 0))
