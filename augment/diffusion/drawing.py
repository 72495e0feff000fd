"""A pipeline, a recipe and perhaps a picture in; the candidates that are drawn out.

All candidates of a prompt are one batch, and no other is ever drawn beside them: a batch of
another size rounds differently, so this is what makes a picture's bytes follow from its recipe.
Each has a generator of its own on the processor, whose numbers no accelerator changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from augment.layout import Layout, layout
from augment.made import encode
from curate.dataset import marks
from curate.dataset.errors import ImageError, ParamsError

_STEP = 8  # pixels: sides are multiples of it, as pipelines ask
_SAME = 10  # of 255: colours this close are the same ground


@dataclass(frozen=True)
class Candidate:
    """What was drawn, and whether the pipeline's safety checker took offence and blackened it."""

    picture: Image.Image
    unsafe: bool


def draw(pipeline: Any, recipe: Mapping[str, Any], parent: Image.Image | None) -> list[Candidate]:
    """All candidates of a recipe, in order.

    Args:
        pipeline: for the recipe's task.
        recipe: of `augment.methods.diffusion`.
        parent: the RGB picture that is drawn over; None for the task text.

    Raises:
        ImageError: the parent has no plain ground, and the mask needs one.
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
    mask = None
    if parent is None:
        asked |= {"height": recipe["side"], "width": recipe["side"]}
    else:
        parent = prepared(parent, recipe["side"])
        asked |= {"image": [parent] * len(seeds), "strength": recipe["strength"]}
        if recipe["task"] == "inpaint":
            mask = masked(parent, recipe["mask"])
            asked |= {"mask_image": [mask] * len(seeds)}
            asked |= {"height": parent.height, "width": parent.width}
    try:
        with torch.inference_mode():
            found = pipeline(**asked, output_type="pil")
    except ValueError as error:
        raise ParamsError(
            f"make.diffusion: {type(pipeline).__name__} does not draw this: {error}"
        ) from error
    flags = getattr(found, "nsfw_content_detected", None) or [False] * len(seeds)
    return [
        Candidate(_pasted(picture.convert("RGB"), parent, mask), bool(flag))
        for picture, flag in zip(found.images, flags, strict=True)
    ]


def prepared(parent: Image.Image, side: int) -> Image.Image:
    """A parent as it is drawn over: its longer side is `side` pixels, both multiples of 8."""
    scale = side / max(parent.size)
    width, height = (max(_STEP, round(s * scale / _STEP) * _STEP) for s in parent.size)
    return parent.resize((width, height), Image.Resampling.LANCZOS)


def masked(parent: Image.Image, which: str) -> Image.Image:
    """White where a cut-out is drawn anew: its `ground`, or the `object` on it.

    Raises:
        ImageError: the picture has no plain ground.
    """
    pixels = np.asarray(parent)
    seen: Layout = layout(pixels)
    if seen.ground is None:
        raise ImageError("no plain ground, so nothing tells where the object is")
    ground = np.abs(pixels.astype(np.int16) - np.array(seen.ground)).max(axis=2) <= _SAME
    return Image.fromarray(np.where(ground == (which == "ground"), 255, 0).astype(np.uint8))


def encoded(picture: Image.Image, recipe: Mapping[str, Any]) -> bytes:
    """A drawn picture as JPEG of its recipe's quality, with its mark."""
    whole = recipe["task"] == "text"
    kind = marks.GENERATED if whole else marks.GENERATED_IN_PART
    mark = marks.Mark(kind, recipe["method"], () if whole else [recipe["image"]])
    return encode(picture, recipe["quality"], mark)


def _pasted(
    picture: Image.Image, parent: Image.Image | None, mask: Image.Image | None
) -> Image.Image:
    """What was drawn, with the parent's own pixels where the mask is black."""
    if parent is None or mask is None:
        return picture
    return Image.composite(picture.resize(parent.size), parent, mask)
