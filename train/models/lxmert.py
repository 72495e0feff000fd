"""LXMERT (Tan & Bansal, 2019): layers of words, layers of regions, then layers across.

A visual token is (LN(feature) + LN(box (4 numbers))) / 2, without segment or position. One
attention of each cross layer serves both directions, as in the authors' code. Classes and
features are learnt on masked regions, as the paper says; the code's losses over all regions,
attributes and questions are not among the tasks. Embeddings, layers, and
the losses of words and matching equal transformers' `LxmertForPreTraining` (`train/exchange/`).
"""

from train.plan import Plan
from train.recipe import BASE, TINY, Params, Recipe

RECIPE = Recipe(
    "lxmert",
    sizes={
        "tiny": {**TINY, "streams": "text 2 | vision 1 | cross 1"},
        "base": {
            **BASE,
            "streams": "text 9 | vision 5 | cross 5",
            "text_tokens": 20,
            "regions": 36,
        },
    },
    tasks={"mlm": {}, "moc": {}, "mrfr": {}, "itm": {}},
    always={"box": "corners", "visual": "mean_of_norms", "whole_image": False, "pool": "tanh"},
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
