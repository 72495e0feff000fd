"""ERNIE-ViL (Yu et al., 2021): ViLBERT's layout, whose words are masked by the scene graph.

Streams, embeddings and matching are ViLBERT's. What the paper adds, the prediction of the words
of a caption's objects, attributes and relations, is a task to add
(`objectives: {scenegraph: {}}`) where there is such a file; the others are here.
"""

from train.models import vilbert
from train.plan import Plan
from train.recipe import Params, Recipe

RECIPE = Recipe(
    "ernievil",
    sizes=vilbert.RECIPE.sizes,
    tasks=vilbert.RECIPE.tasks,
    always=vilbert.RECIPE.always,
)


def plan(params: Params) -> Plan:
    """The plan of one size, with changes; see `Recipe.plan`."""
    return RECIPE.plan(params)
