"""Pairs become cards: a thumbnail with its caption, language, source, licence and figures."""

import json
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from curate.reports.thumbnails import Thumbnails


def card(
    pair: Mapping[str, Any], thumbnails: Thumbnails, facts: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """What a card shows of a pair.

    Args:
        pair: a located pair.
        thumbnails: make its picture.
        facts: names and values to list below the caption.
    """
    lang = pair["lang"]
    return {
        **thumbnails.of(pair),
        "uid": pair["uid"],
        "caption": pair["caption"],
        "lang": lang if lang != "und" else "",
        "source": pair["source"],
        "licence": pair["licence"] if isinstance(pair["licence"], str) else "no licence known",
        "facts": list(facts),
    }


def cards(pairs: pd.DataFrame, thumbnails: Thumbnails) -> list[dict[str, Any]]:
    """A card for each row."""
    return [card(pair, thumbnails) for pair in rows(pairs)]


def rows(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as dictionaries; words that are missing are None, numbers stay NaN."""
    words = [str(name) for name, kind in pairs.dtypes.items() if not is_numeric_dtype(kind)]
    found = [{str(name): value for name, value in row.items()} for row in pairs.to_dict("records")]
    for row in found:
        row.update((n, None) for n in words if isinstance(row[n], float) and isnan(row[n]))
    return found


def recipe(text: Any) -> list[str]:
    """How a pair was made, one line for each step: its name and what it was given.

    Args:
        text: the `recipe` of a pair; of one that lists named steps, only these are told.
    """
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return [text] if isinstance(text, str) else []
    if not isinstance(found, dict):
        return [_said(found)]
    lists = [value for value in found.values() if isinstance(value, list)]
    steps = [s for value in lists for s in value if isinstance(s, dict) and "name" in s]
    if steps:
        return [f"{step['name']} {_said(_without(step, 'name'))}".strip() for step in steps]
    return [f"{name}: {_said(value)}" for name, value in found.items()]


def _without(step: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key != name}


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return " ".join(map(_said, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
