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
    if not training or not lacking:
        return
    chance = draws.uniform(draws.keys(_groups(training)), 1, "carve")[:, 0]
    until = np.cumsum(list(lacking.values()))
    for row, place in zip(training, np.searchsorted(until, chance, side="right"), strict=True):
        row["split"] = [*lacking, "train"][place]


def _groups(rows: Sequence[dict[str, Any]]) -> list[str]:
    """For each example the first picture, by name, of all that are joined to it by pictures."""
    images = sorted({image for row in rows for image in row["images"]})
    number = {image: place for place, image in enumerate(images)}
    first = [number[row["images"][0]] for row in rows for _ in row["images"]]
    other = [number[image] for row in rows for image in row["images"]]
    joined = coo_array((np.ones(len(first)), (first, other)), shape=(len(images), len(images)))
    _, group = connected_components(joined, directed=False)
    _, leader = np.unique(group, return_index=True)
    return [images[leader[group[number[row["images"][0]]]]] for row in rows]
