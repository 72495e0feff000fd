"""Hard negatives become captions with the words that make them false, beside proof and twins."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from curate.reports import cards, edits, graphs
from curate.reports.inputs import Inputs, among
from curate.reports.thumbnails import Thumbnails

LABELER = "negatives"
_HALF = 0.5  # what an attacker gets right who knows nothing


def of(inputs: Inputs, thumbnails: Thumbnails, count: int) -> dict[str, Any]:
    """How many there are of what, some of each kind and language, and what attackers get right.

    Args:
        inputs: what the stages left.
        thumbnails: make the pictures.
        count: negatives of a kind in a language, at most.

    Raises:
        NotRun: a table of the labeler is missing.
    """
    held = inputs.label(LABELER, "negatives", ["uid", "negative", "lang", "kind", "how"])
    pairs = inputs.pool[inputs.pool["kept"]].set_index("uid", drop=False)
    chosen = _choose(held[among(held["uid"], pairs.index)], count)
    whole = inputs.label(LABELER, "negatives", None, sorted(set(chosen["uid"])))
    rows = chosen[["uid", "negative"]].merge(whole, on=["uid", "negative"])
    counts = held.groupby(["kind", "lang"]).size()
    kinds, langs = (sorted(held[name].unique()) for name in ("kind", "lang"))
    return {
        "negatives": len(held),
        "langs": langs,
        "kinds": [
            {
                "name": kind,
                "counts": [int(counts.get((kind, lang), 0)) for lang in langs],
                "shown": [
                    _figure(row, cards.rows(pairs.loc[[row["uid"]]])[0], thumbnails)
                    for row in cards.rows(rows[rows["kind"] == kind])
                ],
            }
            for kind in kinds
        ],
        **_attacked(inputs.label(LABELER, "attackers")),
    }


def _choose(held: pd.DataFrame, count: int) -> pd.DataFrame:
    """So many of each kind and language, changed in as many ways as there are."""
    order = held.sort_values(["kind", "lang", "uid", "negative"])
    turn = order.groupby(["kind", "lang", "how"]).cumcount()
    order = order.assign(turn=turn).sort_values(["kind", "lang", "turn", "how"])
    return order.groupby(["kind", "lang"]).head(count)


def _figure(row: dict[str, Any], pair: dict[str, Any], thumbnails: Thumbnails) -> dict[str, Any]:
    """A negative below its pair's caption, with its twins."""
    spans = list(zip(row["starts"], row["ends"], row["texts"], strict=True))
    twin, twin_negative = edits.marked(row["twin"], row["twin_negative"])
    return {
        "card": cards.card(pair, thumbnails),
        "before": _marked(pair["caption"], [(start, end) for start, end, _ in spans]),
        "after": _marked(row["caption"], _brought(spans)),
        "twin": twin,
        "twin_negative": twin_negative,
        **{name: row[name] for name in ("how", "was", "becomes", "proof", "twin_by")},
    }


def _brought(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Where the texts of edits stand once all are made."""
    found, shift = [], 0
    for start, end, text in spans:
        found.append((start + shift, start + shift + len(text)))
        shift += len(text) - (end - start)
    return found


def _marked(caption: str, spans: Iterable[tuple[int, int]]) -> edits.Words:
    pieces = graphs.pieces(caption, [(*span, "edited") for span in spans])
    return [(text, bool(mark)) for text, mark in pieces]


def _attacked(scores: pd.DataFrame) -> dict[str, Any]:
    """What each attacker gets right, where it is farthest from a half: of all sets, and of each."""
    names = sorted(scores["attacker"].unique())
    left = scores[scores["kept"] > 0]
    return {
        "worst": [(name, *_farthest(left[left["attacker"] == name])) for name in names],
        "sets": [
            {
                "lang": lang,
                "kind": kind,
                **{name: int(some[name].iloc[0]) for name in ("found", "kept")},
                "scores": [_farthest(some[some["attacker"] == name]) for name in names],
            }
            for (lang, kind), some in scores.groupby(["lang", "kind"])
        ],
    }


def _farthest(scores: pd.DataFrame) -> tuple[float | None, ...]:
    """Accuracies before and after, each where it is farthest from a half; None: there are none."""
    if scores.empty:
        return None, None
    off = (scores[["before", "after"]] - _HALF).abs().to_numpy().argmax(axis=0)
    return tuple(
        float(scores[name].iloc[int(row)])
        for name, row in zip(("before", "after"), off, strict=True)
    )
