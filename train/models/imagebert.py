"""ImageBERT (Qi et al., 2020): one stream over words and regions, four tasks.

A visual token is LN(feature + segment + box (5 numbers) + one position that all regions share).
MLM, MOC and MRFR are scored on matched pairs only, ITM with negatives in both directions, all
four on each batch. No code was released: sizes of `base` are the paper's, the whole-image region
(the mean of the visible ones) is ours and can be left out.
"""

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

RECIPE = Recipe(
    "imagebert",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "small": {**SMALL, "streams": "joint 6", "text_tokens": 44, "regions": 100},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 44, "regions": 100},
    },
    tasks={"mlm": {}, "moc": {}, "mrfr": {}, "itm": {}},
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
