"""Made pairs become pictures beside their parents, with the recipe that made them."""

from typing import Any

import pandas as pd

from curate.dataset import sets
from curate.reports import cards
from curate.reports.inputs import Inputs, sample
from curate.reports.thumbnails import Thumbnails

TITLE = "Made pairs"
LEAD = (
    "What augmentation made, beside what it was made from. Only training pairs become parents, and "
    "a made pair is kept only where it holds up beside its parent."
)


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """For each method its counts and some pairs of parent and child."""
    made = inputs.made
    parents = inputs.pool.set_index("uid")[[name for name in sets.LOCATED.names if name != "uid"]]
    methods = []
    for name, pairs in made.groupby("source"):
        kept = pairs[pairs["kept"]]
        dropped = pairs[~pairs["kept"]]
        reasons = dropped["reason"].value_counts()
        shown = pd.concat(
            [sample(kept, params.per_gallery // 2), sample(dropped, params.per_gallery // 6)]
        )
        methods.append(
            {
                "name": name,
                "pairs": len(pairs),
                "kept": len(kept),
                "share": len(kept) / len(pairs),
                "reasons": [
                    (r, int(reasons[r])) for r in sorted(reasons.index, key=lambda r: -reasons[r])
                ],
                "couples": [_couple(row, parents, thumbnails) for row in cards.rows(shown)],
            }
        )
    return {"methods": methods}


def _couple(child: dict[str, Any], parents: pd.DataFrame, thumbnails: Thumbnails) -> dict[str, Any]:
    parent = None
    if child["parent"] in parents.index:
        row = parents.loc[child["parent"]]
        parent = cards.card({**row.to_dict(), "uid": child["parent"]}, thumbnails)
    return {
        "parent": parent,
        "child": cards.card(child, thumbnails),
        "recipe": cards.recipe(child["recipe"]),
        "kept": child["kept"],
        "reason": child["reason"],
        "margin": child["margin"],
    }
