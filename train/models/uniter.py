"""UNITER (Chen et al., 2020): one stream over words and regions, matching by BERT's pooler.

A visual token is LN(LN(feature) + LN(box (7 numbers)) + segment). Hidden regions are all zeroed,
none kept, and a learned vector is added to the zeros. The authors draw one task for each step
(matching twice as often as the others, twice as often as classes) and never mask both sides at
once; here all tasks see each batch, as ImageBERT's do. Word-region alignment is a task to add
(`objectives: {wra: {}}`) where there is such a file.
"""

from train.plan import Plan
from train.recipe import BASE, TINY, Params, Recipe

RECIPE = Recipe(
    "uniter",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 60, "regions": 100},
    },
    tasks={"mlm": {}, "moc": {"kept": 0.0}, "mrfr": {"kept": 0.0}, "itm": {}},
    always={
        "box": "corners_size_area",
        "visual": "sum_of_norms",
        "whole_image": False,
        "mask_embedding": True,
        "pool": "tanh",
    },
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
