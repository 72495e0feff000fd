"""VL-BERT (Su et al., 2020): one stream whose every word carries the whole picture.

A region's content is ReLU(W[sines and cosines of its box ; feature]); regions share the position
after the caption and segment, and [END] follows them. The whole picture is the mean of the
regions that are not hidden, so that it cannot tell what a hidden one held, as the authors reach
by zeroing pixels. There is no matching in the paper: retrieval needs the task `itm` added
(`objectives: {itm: {}}`), as a controlled comparison has it (Bugliarello et al., 2021).
Text without pictures, half of each batch in the paper, is not fed.
"""

from train.plan import Plan
from train.recipe import BASE, TINY, Params, Recipe

RECIPE = Recipe(
    "vlbert",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 64, "regions": 100},
    },
    tasks={"mlm": {}, "moc": {}},
    always={
        "box": "waves",
        "visual": "joined",
        "mask_embedding": True,
        "shared_norm": True,
    },
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
