"""LXMERT (Tan & Bansal, 2019): layers of words, layers of regions, then layers across.

A visual token is (LN(feature) + LN(box (4 numbers))) / 2, without segment or position. One
attention of each cross layer serves both directions, as in the authors' code. Pairs that do not
match keep the losses of words and regions (half of them have another's caption, as for all
models; the paper changes captions alone: `sampling: {by_caption: 1.0}`). Classes and features are
learnt on masked regions, all of them zeroed, as the paper says. The code (`follow: code`) keeps
10%, whose features are targets all the same, and gives 10% another picture's feature; it learns
classes, and attributes where that task is added, of all regions, each as much as the labeler is
sure of it, and features by the smooth L1 distance, all three times 1/0.15, by heads that share
their layer. Answering questions, the paper's fifth task, is added by `objectives: {vqa: {}}`: it
needs questions, which no other model is given; it is learnt in the last half of a run, as in the
paper (`change: {late: {}}`: from its start on). Embeddings, layers and, with `follow: code`, the
losses of all tasks equal those of transformers' `LxmertForPreTraining`, whose
`visual_loss_normalizer`, 6.67 by default, is the `weight` of the tasks on regions
(`train/exchange/`).
"""

from dataclasses import replace

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

_HIDDEN = {"kept": 0.0, "mismatched": True, "deep": True}
_CODE = {
    "kept": 0.1,
    "random": 0.1,
    "over": "all",
    "mismatched": True,
    "weight": 1 / 0.15,
    "shared": True,
}
RECIPE = Recipe(
    "lxmert",
    sizes={
        "tiny": {**TINY, "streams": "text 2 | vision 1 | cross 1"},
        "small": {
            **SMALL,
            "streams": "text 5 | vision 3 | cross 3",
            "text_tokens": 20,
            "regions": 36,
        },
        "base": {
            **BASE,
            "streams": "text 9 | vision 5 | cross 5",
            "text_tokens": 20,
            "regions": 36,
        },
    },
    tasks={
        "mlm": {"mismatched": True},
        "moc": _HIDDEN,
        "mrfr": _HIDDEN,
        "itm": {},
    },
    always={
        "box": "corners",
        "visual": "mean_of_norms",
        "whole_image": False,
        "pool": "tanh",
        "schedule": {"warm_up": 0.05, "betas": [0.9, 0.999]},
    },
    code={
        "moc": {**_CODE, "sure": True},
        "attributes": {**_CODE, "sure": True},
        "mrfr": {**_CODE, "distance": "smooth_l1", "left": True},
    },
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`. Questions join in the last half."""
    late = {"late": {"vqa": 0.5}} if params.objectives.get("vqa") is not None else {}
    return replace(RECIPE, always={**RECIPE.always, **late}).plan(params)
