"""ERNIE-ViL (Yu et al., 2021): ViLBERT's layout, whose words are masked by the scene graph.

Streams, embeddings and the other tasks are ViLBERT's. What the paper adds is the prediction of the
words of a caption's objects, attributes and relations (`scenegraph`): 30% of them are hidden,
beside the 15% of the words. It needs the labeler `scene`.
"""

import dataclasses

from train.models import vilbert
from train.plan import Plan
from train.recipe import Params

RECIPE = dataclasses.replace(
    vilbert.RECIPE, name="ernievil", tasks={**vilbert.RECIPE.tasks, "scenegraph": {}}
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
