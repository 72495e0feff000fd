"""VL-BERT (Su et al., 2020): one stream whose every word carries the whole picture.

A region's content is ReLU(W[sines and cosines of its box ; feature]); regions share the position
after the caption and segment, and [END] follows them. The whole picture is the mean of the
regions that are not hidden, so that it cannot tell what a hidden one held, as the authors reach
by zeroing pixels. Words are masked whole; of hidden regions, 10% of which keep their feature, the
detector's soft labels are learnt. Half of each batch is text alone: captions whose picture is
withheld, where the paper takes books and Wikipedia. There is no matching in the paper: retrieval
needs the task `itm` added (`objectives: {itm: {}}`), as a controlled comparison has it
(Bugliarello et al., 2021). Rate, decay, clip and warm-up are those of the released settings:
1e-7 for each of 256 pairs, 8,000 of 250,000 steps.
"""

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

RECIPE = Recipe(
    "vlbert",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "small": {**SMALL, "streams": "joint 6", "text_tokens": 64, "regions": 100},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 64, "regions": 100},
    },
    tasks={"mlm": {"unit": "word"}, "mrckl": {"kept": 0.1, "deep": True}},
    always={
        "box": "waves",
        "visual": "joined",
        "mask_embedding": True,
        "shared_norm": True,
        "withheld": 0.5,
        "schedule": {
            "rate": 2.56e-5,
            "warm_up": 0.032,
            "weight_decay": 1e-4,
            "clip": 10.0,
            "betas": [0.9, 0.999],
        },
    },
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
