"""ViLBERT (Lu et al., 2019): two streams of their own widths that meet by co-attention.

Six layers of words alone, then six in which each stream first looks at the other, then at itself:
twelve layers of words and six of regions in all. The first visual token is the whole picture (the
mean of the visible regions, its box the frame); matching is read from the product of its state
and [CLS]'s. A visual token is LN(feature + box (5 numbers)) plus a vector that all share. Matching
is 1 for a match, unlike in the authors' code. Of hidden regions, 10% of which keep their feature,
the detector's soft labels are learnt by their divergence. Regions that overlap by more than 0.4
are hidden together, as the paper says; the code hides each alone, and divides by the number of
those that are hidden or overlap such a one (`follow: code`). Losses
are those of matched pairs; a task's `mismatched` has them on all.
"""

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

REGIONS = {"vision_width": 1024, "vision_heads": 8, "vision_inner": 1024}
RECIPE = Recipe(
    "vilbert",
    sizes={
        "tiny": {**TINY, "streams": "text 1 | coattention 1"},
        "small": {
            **SMALL,
            "streams": "text 3 | coattention 3",
            "text_tokens": 36,
            "regions": 36,
        },
        "base": {
            **BASE,
            **REGIONS,
            "streams": "text 6 | coattention 6",
            "text_tokens": 36,
            "regions": 36,
        },
    },
    tasks={"mlm": {}, "mrckl": {"kept": 0.1, "overlap": 0.4, "deep": True}, "itm": {}},
    always={"pool": "product", "schedule": {"betas": [0.9, 0.999]}},
    code={"mrckl": {"overlap": None, "beside": 0.4}},
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
