"""Decisions become galleries: what was kept, and of each rule what it dropped and let by."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from curate.dataset.errors import ParamsError
from curate.reports import cards
from curate.reports.inputs import Inputs, NotRun, sample
from curate.reports.page import number
from curate.reports.thumbnails import Thumbnails
from curate.rules.rule import Rule
from curate.rules.words import describe, word

TITLE = "Kept and dropped"
LEAD = (
    "Pairs drawn by the hash of their name, not chosen. Under each rule stand some that it "
    "dropped, then the nearest misses on both sides of its limit: a margin is the distance to the "
    "limit, below zero where the pair was dropped."
)


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Galleries of kept pairs by source and of dropped pairs by rule."""
    pool = inputs.pool
    kept = pool[pool["kept"]]
    each = max(1, params.per_gallery // max(1, len(inputs.sources)))
    by_source = [
        {
            "name": name,
            "pairs": int((kept["source"] == name).sum()),
            "cards": [
                cards.card(pair, thumbnails, _closest(pair))
                for pair in cards.rows(sample(kept[kept["source"] == name], each))
            ],
        }
        for name in inputs.sources[: params.per_gallery]
    ]
    dropped = pool[~pool["kept"]]
    counts = dropped["reason"].value_counts()
    order = sorted(counts.index, key=lambda name: (-counts[name], name))
    return {
        "kept": [group for group in by_source if group["cards"]],
        "more": len(inputs.sources) - len(by_source),
        "rules": [_rule(name, pool, inputs, thumbnails, params) for name in order],
    }


def _rule(
    name: str, pool: pd.DataFrame, inputs: Inputs, thumbnails: Thumbnails, params: Any
) -> dict[str, Any]:
    """Some of what a rule dropped, and what came closest to its limit on both sides."""
    ruled = pool[pool["reason"] == name]
    dropped, kept = ruled[~ruled["kept"]], ruled[ruled["kept"]]
    near = params.per_gallery // 6 if dropped["margin"].nunique() > 1 else 0
    missed = _nearest(dropped, near)
    passed = _nearest(kept, params.per_gallery // 6)
    drawn = sample(dropped[~dropped["uid"].isin(missed["uid"])], params.per_gallery // 2)
    shown = pd.concat([drawn, missed, passed])
    values = _values(name, shown, inputs)
    rule = inputs.rules.get(name)
    groups = {"dropped": drawn, "just dropped": missed, "just kept": passed}
    return {
        "name": name,
        "says": "" if rule is None else describe(rule),
        "pairs": len(dropped),
        "sources": [
            (source, int(n)) for source, n in sorted(dropped["source"].value_counts().items())
        ],
        "groups": [
            {
                "name": label,
                "cards": [
                    cards.card(pair, thumbnails, _facts(pair, values)) for pair in cards.rows(part)
                ],
            }
            for label, part in groups.items()
            if len(part)
        ],
    }


def _nearest(ruled: pd.DataFrame, count: int) -> pd.DataFrame:
    """Pairs that came closest to a rule's limit, images and captions distinct."""
    known = ruled[ruled["margin"].notna()]
    order = known.assign(distance=known["margin"].abs()).sort_values(["distance", "uid"])
    order = order.drop_duplicates("image").drop_duplicates("caption")
    return order.head(count).drop(columns="distance")


def _values(name: str, shown: pd.DataFrame, inputs: Inputs) -> Mapping[str, str]:
    """What the rule looked at in some pairs, by uid; empty where that cannot be told."""
    rule = inputs.rules.get(name)
    if rule is None:
        return {}
    if rule.column is None:
        return _counted(rule, shown)
    try:
        column = inputs.scores(shown).column(rule.column)
    except (NotRun, ParamsError):
        return {}
    words = [word(value) for value in column.to_pylist()]
    return {
        uid: f"{rule.column} {text}" for uid, text in zip(shown["uid"], words, strict=True) if text
    }


def _counted(rule: Rule, shown: pd.DataFrame) -> Mapping[str, str]:
    """What a rule without a column counted, as its limit and the margins tell."""
    known = shown[shown["margin"].notna()]
    if rule.near_duplicates is not None:  # margin = bits - (limit + 1)
        bits = known["margin"] + rule.near_duplicates + 1
        said = [f"bits_from_the_better_one {number(n)}" for n in bits]
    elif rule.shared_by is not None:  # margin = limit - images
        said = [f"images_with_the_caption {number(n)}" for n in rule.shared_by - known["margin"]]
    else:
        return {}
    return dict(zip(known["uid"], said, strict=True))


def _closest(pair: dict[str, Any]) -> list[tuple[str, str]]:
    """The rule that came closest to dropping a kept pair, and by how much it held."""
    if np.isnan(pair["margin"]):
        return []
    return [("closest rule", pair["reason"]), ("margin", f"+{number(pair['margin'])}")]


def _facts(pair: dict[str, Any], values: Mapping[str, str]) -> list[tuple[str, str]]:
    facts = []
    if pair["uid"] in values:
        column, _, value = values[pair["uid"]].partition(" ")
        facts.append((column.rpartition(".")[2].replace("_", " "), value))
    if not np.isnan(pair["margin"]):
        sign = "+" if pair["margin"] >= 0 else ""
        facts.append(("margin", f"{sign}{number(pair['margin'])}"))
    failed = pair["failed"] if isinstance(pair["failed"], list) else ()
    if others := [name for name in failed if name != pair["reason"]]:
        facts.append(("also fails", ", ".join(others)))
    return facts
