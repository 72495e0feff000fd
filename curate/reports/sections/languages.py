"""Pairs by language, and the table of ways to choose languages, become what each language has."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from curate.reports import cards
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.language_names import name
from curate.reports.thumbnails import Thumbnails

TITLE = "Languages"
LEAD = (
    "What there is in each language, and what one model finds in it when languages are chosen in "
    "several ways. All ways have one budget; a language that a way holds out was never read, and "
    "is marked."
)
COMMAND = "dvc exp run -S 'languages.seeds=[0]'"
_RANK = 10  # of the recalls that are shown
_WAYS = ("image_retrieval", "text_retrieval")
_PICTURES = 3  # told in most languages
_CAPTIONS = 24  # of each


class Cell(NamedTuple):
    """What a model by one way of choosing languages finds in one of them."""

    mean: float  # of both directions
    deviation: float | None  # the larger of theirs; of a single run None
    share: float  # of the pairs that an epoch takes
    zero_shot: bool
    beside: tuple[str, float]  # another language, and the same by its captions of these pictures


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """One row per language, that of most kept pairs first; then pictures told in most of them."""
    pool = inputs.pool
    kept = pool[pool["kept"]]
    found = inputs.metrics("languages")
    models: dict[str, dict[str, Any]] = found.get("models", {})
    pairs = kept["lang"].value_counts()
    tags = sorted(
        {*pairs.index, *(tag for own in models.values() for tag in own["languages"])},
        key=lambda tag: (-pairs.get(tag, 0), tag),
    )
    trained = _trained(inputs)
    pictures = kept.groupby("lang", observed=True)["image"].nunique()
    first = next(iter(models.values()), {})
    return {
        "rows": [
            {
                "tag": tag,
                "name": name(tag),
                "pairs": int(pairs.get(tag, 0)),
                "pictures": int(pictures.get(tag, 0)),
                "trained": trained.get(tag, 0.0),
                "cells": [_cell(own["languages"].get(tag)) for own in models.values()],
            }
            for tag in tags
        ],
        "models": list(models),
        "budget": found.get("budget", {}),
        "candidates": first.get("candidates"),
        "shared": first.get("shared"),
        "chance": _chance(first),
        "left_out": [(name(tag), tag, n) for tag, n in first.get("left_out", {}).items()],
        "rank": _RANK,
        "missing": found.get("missing", []),
        "command": COMMAND,
        "told": _told(kept, thumbnails),
    }


def _trained(inputs: Inputs) -> dict[str, float]:
    """Each language's share of the snapshot's training pairs; empty where there is none."""
    try:
        manifest = inputs.manifest
    except NotRun:
        return {}
    train = manifest[manifest["split"] == "train"]["lang"]
    return {str(tag): float(share) for tag, share in train.value_counts(normalize=True).items()}


def _cell(own: Mapping[str, Any] | None) -> Cell | None:
    if own is None:
        return None
    ways = [own[way][f"recall_at_{_RANK}"] for way in _WAYS]
    other, figures = next(iter(own["beside"].items()))
    spreads = [way["deviation"] for way in ways if way["deviation"] is not None]
    return Cell(
        mean=_mean(own),
        deviation=max(spreads, default=None),
        share=own["share"],
        zero_shot=own["zero_shot"],
        beside=(name(other), _mean(figures)),
    )


def _mean(figures: Mapping[str, Any]) -> float:
    """Recall as the mean of both directions, and of all seeds."""
    return sum(float(figures[way][f"recall_at_{_RANK}"]["mean"]) for way in _WAYS) / len(_WAYS)


def _chance(model: Mapping[str, Any]) -> float | None:
    """That of each language, as all have as many candidates."""
    own: dict[str, Any] = next(iter(model.get("languages", {}).values()), {})
    return own[_WAYS[0]][f"chance_at_{_RANK}"] if own else None


def _told(kept: pd.DataFrame, thumbnails: Thumbnails) -> list[dict[str, Any]]:
    """The pictures told in most languages, each with a caption in every language."""
    number = kept.groupby("image")["lang"].nunique().rename("number").reset_index()
    order = number.sort_values(["number", "image"], ascending=[False, True])
    images = order["image"].head(_PICTURES).tolist()
    own = kept[among(kept["image"], images)].sort_values("uid").drop_duplicates(["image", "lang"])
    found = []
    for image in images:
        rows = cards.rows(own[own["image"] == image].sort_values("lang").head(_CAPTIONS))
        captions = [(name(row["lang"]), row["lang"], row["caption"]) for row in rows]
        found.append({"card": cards.card(rows[0], thumbnails), "captions": captions})
    return found
