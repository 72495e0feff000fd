"""UNITER (Chen et al., 2020): one stream over words and regions, one task in each step.

A visual token is LN(LN(feature) + LN(box (7 numbers)) + segment). For each step one task is
drawn: words, matching with the alignment of words and regions, features, or soft labels of
classes, 2 : 2 : 1 : 1, so that words and regions are never masked at once (conditional masking),
and pairs that do not match are made for matching alone: half of them by another picture, as for
all models, where the paper changes the picture alone (`sampling: {by_caption: 0.0}`). At least
one word or region is hidden, regions are all zeroed, none kept, and a learned vector is added to
the zeros; features are made by the transposed projection. The paper sums the divergence of soft
labels over classes; the code divides by their number, too (`follow: code`).
"""

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

_HIDDEN = {"kept": 0.0, "forced": True, "deep": True}
RECIPE = Recipe(
    "uniter",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "small": {**SMALL, "streams": "joint 6", "text_tokens": 60, "regions": 100},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 60, "regions": 100},
    },
    tasks={
        "mlm": {"forced": True},
        "itm": {},
        "wra": {},
        "mrfr": {**_HIDDEN, "tied": True},
        "mrckl": _HIDDEN,
    },
    always={
        "box": "corners_size_area",
        "visual": "sum_of_norms",
        "whole_image": False,
        "mask_embedding": True,
        "pool": "tanh",
        "mix": {"mlm": 2.0, "itm + wra": 2.0, "mrfr": 1.0, "mrckl": 1.0},
        "schedule": {"rate": 5e-5, "warm_up": 0.05, "clip": 5.0, "betas": [0.9, 0.98]},
    },
    code={"mrckl": {"per_class": True}},
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
