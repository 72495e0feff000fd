"""CLIP (Radford et al., 2021): a tower of captions and one of pixels, trained by contrast alone.

Both are open_clip's: `tiny` is a vision transformer of the project's own making, `base` is
ViT-B-32, and any configuration that open_clip knows can be named (`change: {towers: {config:
ViT-L-14}}`) or written out as its files have it. Sizes of the plan are the configuration's. A
caption is read by the run's tokenizer, its vector at its end token. The temperature starts at 0.07
and is kept from falling below 0.01. Towers and loss equal open_clip's.
"""

import dataclasses
from typing import Any

from curate.dataset.errors import ParamsError
from train.plan import Plan
from train.recipe import Params, Recipe

_TINY = {
    "embed_dim": 192,
    "vision_cfg": {
        "image_size": 64,
        "patch_size": 16,
        "width": 192,
        "head_width": 32,
        "layers": 4,
    },
    "text_cfg": {"context_length": 24, "width": 192, "heads": 6, "layers": 4},
}
_PARTS = ("embed_dim", "vision_cfg", "text_cfg", "quick_gelu")  # of a configuration
_PLAN = {"width": 1, "heads": 1, "inner": 1, "text_tokens": 3, "regions": 1}  # see `plan`
_CHANGED = ("towers", "schedule", "visual")  # fields of the plan that say something of towers
_TRUE = {"norm": "pre", "dropout": 0.0, "attention_dropout": 0.0}  # of all that open_clip builds
RECIPE = Recipe(
    "clip",
    sizes={
        "tiny": {"towers": _TINY},
        "small": {"towers": {"config": "ViT-S-32"}},
        "base": {"towers": {"config": "ViT-B-32"}},
    },
    tasks={"itc": {}},
    always={
        **_PLAN,
        "streams": "text 1 | vision 1",
        "visual": "towers",
        "whole_image": False,
        "box": "nothing",
        "schedule": {
            "rate": 5e-4,
            "warm_up": 0.005,
            "decay": "cosine",
            "weight_decay": 0.2,
            "betas": [0.9, 0.98],
            "epsilon": 1e-6,
        },
    },
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`.

    Raises:
        ParamsError: open_clip knows no such configuration, or it lacks a size.
    """
    told = {name for name, value in _TRUE.items() if params.change.get(name) == value}
    if idle := sorted(params.change.keys() - told - set(_CHANGED)):
        raise ParamsError(
            f"clip.change: {', '.join(idle)} is nothing that towers have: sizes and layers are "
            "those of open_clip's configuration (`change: {towers: {config: ViT-B-32}}`, or one "
            "written out)"
        )
    made = RECIPE.plan(params)
    towers = _read(made.towers)
    try:
        text, vision = towers["text_cfg"], towers["vision_cfg"]
        return dataclasses.replace(
            made,
            towers=towers,
            width=towers["embed_dim"],
            inner=4 * towers["embed_dim"],
            vision_width=0,
            vision_heads=0,
            vision_inner=0,
            attended=0,
            vision_attended=0,
            text_tokens=text["context_length"],
            pixels=vision["image_size"],
        )
    except (KeyError, TypeError) as error:
        lacking = f"has no {error}" if isinstance(error, KeyError) else f"cannot be read ({error})"
        raise ParamsError(
            f"clip.change.towers {lacking}: {towers}; name a configuration of open_clip's "
            "(`{config: ViT-B-32}`) or write one out: embed_dim, vision_cfg and text_cfg"
        ) from error


def _read(towers: dict[str, Any]) -> dict[str, Any]:
    """A configuration that is named, or written out."""
    if set(towers) != {"config"}:
        return towers
    import open_clip

    found = open_clip.get_model_config(towers["config"])
    if found is None:
        raise ParamsError(
            f"clip.change.towers: open_clip knows no {towers['config']!r} (known: "
            f"{', '.join(open_clip.list_models())})"
        )
    return {name: found[name] for name in _PARTS if name in found}
