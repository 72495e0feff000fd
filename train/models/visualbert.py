"""VisualBERT (Li et al., 2019): one stream over words and regions without coordinates.

A visual token is feature + segment + one position, and passes the words' norm. Where alignments
are given (`change: {positions: aligned}`, labels of `grounding`), the mean of the positions of the
words that name a region is added; such a model should also see pairs without, as it is judged:
`sampling.unmasked` is the share of these. No region is masked. The paper gives two captions of
COCO, the second of which is another picture's half of the time, and learns the words of both:
`change: {second: 1.0}` (`train/sentences.py`), which needs pictures with several captions. Such a
model judges second captions; to judge single ones, as retrieval asks, it must see some, so that the
default, as of all models, has one caption, which may be another picture's (`itm`).
Embeddings, layers and losses equal transformers' `VisualBertForPreTraining` (`train/exchange/`).
The code answers questions by the state of a [MASK] put behind them: `objective: {read: mask}` of a
run of `finetune`.
"""

from dataclasses import replace

from train.plan import Plan
from train.recipe import BASE, SMALL, TINY, Params, Recipe

RECIPE = Recipe(
    "visualbert",
    sizes={
        "tiny": {**TINY, "streams": "joint 4"},
        "small": {**SMALL, "streams": "joint 6", "text_tokens": 128, "regions": 36},
        "base": {**BASE, "streams": "joint 12", "text_tokens": 128, "regions": 36},
    },
    tasks={"mlm": {}, "itm": {}},
    always={"box": "nothing", "whole_image": False, "shared_norm": True, "pool": "tanh"},
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`.

    Where there are second captions, words of wrong ones are learnt, too.
    """
    if not params.change.get("second"):
        return RECIPE.plan(params)
    return replace(RECIPE, tasks={**RECIPE.tasks, "mlm": {"mismatched": True}}).plan(params)
