"""Examples of a set that has no validation or no test split in; a part of the training ones for it.

A picture, with all that is said of it, is in one split: examples that share one go together, and
so do those that share one with these.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from train import draws


def carve(rows: Sequence[dict[str, Any]], shares: dict[str, float]) -> None:
    """Move training examples to the splits that no example is of.

    Args:
        rows: schema `train.tasks.examples.EXAMPLES`; `split` is changed.
        shares: of the groups of examples that share pictures, by split.
    """
    there = {row["split"] for row in rows}
    training = [row for row in rows if row["split"] == "train"]
    lacking = {split: share for split, share in shares.items() if split not in there}
    groups = joined([row["images"] for row in training])
    for row, split in zip(training, drawn(groups, lacking), strict=True):
        row["split"] = split


def joined(names: Sequence[Sequence[str]]) -> list[str]:
    """A name of the group that each is of: those that share a name, and those that share with them.

    Args:
        names: of each, such as an example's pictures; at least one.
    """
    known = sorted({name for own in names for name in own})
    number = {name: place for place, name in enumerate(known)}
    first = [number[own[0]] for own in names for _ in own]
    other = [number[name] for own in names for name in own]
    links = coo_array((np.ones(len(first)), (first, other)), shape=(len(known), len(known)))
    _, group = connected_components(links, directed=False)
    _, leader = np.unique(group, return_index=True)
    return [known[leader[group[number[own[0]]]]] for own in names]


def drawn(groups: Sequence[str], shares: dict[str, float]) -> list[str]:
    """The split of each, by the name of its group: `train`, or one of some others by its share."""
    if not groups or not shares:
        return ["train"] * len(groups)
    chance = draws.uniform(draws.keys(list(groups)), 1, "carve")[:, 0]
    until = np.cumsum(list(shares.values()))
    return [[*shares, "train"][place] for place in np.searchsorted(until, chance, side="right")]
