"""What choosing training data pays, in figures, in; the same as Markdown that people read, out."""

from collections.abc import Mapping
from statistics import mean
from typing import Any

from curate.stage import markdown

OURS = "ours"
WAYS = ("image_retrieval", "text_retrieval")


def lines(told: Mapping[str, Any]) -> list[str]:
    """The report's lines, of what `train.data_comparison` tells."""
    heads = [
        "condition",
        "pairs",
        "seeds",
        "recall at 10",
        "R@1",
        "R@5",
        "every",
        "leaked",
        "CPU s",
    ]
    rows = [
        [
            name,
            own["pairs"],
            len(own["seeds"]),
            _points(own["points"]["clean"]),
            *(_points(_mean(own["recalls"], k), 100) for k in (1, 5)),
            *(_points(own["points"].get(part)) for part in ("every", "leaked")),
            round(own["cpu_seconds"]["mean"]),
        ]
        for name, own in told["conditions"].items()
    ]
    found = [
        "# Does curation pay?",
        "",
        "One model, one budget, one recipe; only the training data differ (DataComp's protocol).",
        "Recalls in points, the mean of both ways and of all languages, on clean held-out pairs;",
        "± is the deviation over seeds. `every`: on all sources' test pictures, clean or not;",
        "`leaked`: on those whose copies were planted for training; both in one language.",
        "",
        *markdown.table(heads, rows),
        "",
        "## Paired differences",
        "",
        "Of runs of one seed, with a 95% interval by Student's t over the seeds.",
        "",
    ]
    named = {k: v for k, v in told.items() if "_minus_" in k} | told["steps"]
    found += [f"- {name.replace('_', ' ')}: {said(one)}" for name, one in named.items()]
    found += ["", *_plainly(told["parts"])]
    for name, parts in told["parts"].items():
        of_parts = [[part, _number(one["mean"]), _range(one)] for part, one in parts.items()]
        found += ["", f"### {name.replace('_', ' ')}, by part", ""]
        found += markdown.table(["part", "points", "95% interval"], of_parts)
    return [*found, "", "## What was caught", "", *_caught(told["caught"])]


def _plainly(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where ours surely gains over a baseline and where it loses, by part of the test split."""
    lines = []
    for name, of in parts.items():
        by_verdict = {
            verdict: [part for part, one in of.items() if _verdict(one) == verdict]
            for verdict in ("better", "worse")
        }
        told = [f"{v} on {', '.join(own) or 'nothing'}" for v, own in by_verdict.items()]
        lines.append(f"- {name.replace('_', ' ')}: {'; '.join(told)}")
    return ["By part (no correction for their number):", "", *lines]


def _caught(told: Mapping[str, Any]) -> list[str]:
    """Precision and recall of each condition, and of each rule of ours, by kind of noise."""
    conditions = told["conditions"]
    kinds = list(next(iter(conditions.values()))["kinds"])
    heads = ["by", "dropped", "precision", "recall", *kinds, "clean dropped"]

    def row(name: str, own: Mapping[str, Any]) -> list[Any]:
        shares = (own["precision"], own["recall"], *own["kinds"].values(), own["clean_dropped"])
        return [name, own["dropped"], *map(_share, shares)]

    all_of = [row(name, own) for name, own in conditions.items()]
    rules = [row(name, own) for name, own in conditions.get(OURS, {"rules": {}})["rules"].items()]
    found = [
        "Every planted pair is known, so figures are exact; what was not planted counts as clean.",
        "",
        *markdown.table(heads, all_of),
        "",
        "By rule of ours, whatever another rule said:",
        "",
        *markdown.table(heads, rules),
    ]
    lacking = [f"- {name}: {why}" for name, why in told["lacking"].items()]
    return [*found, *(["", "Presets that cannot run here:", "", *lacking] if lacking else [])]


def said(one: Mapping[str, Any]) -> str:
    """A difference in words, and whether it is surely one."""
    if one["mean"] is None:
        return "no seed in common"
    if one["low"] is None:
        return f"{one['mean']:+.1f} points, of one seed: no interval"
    told = f"{_range(one)}, {len(one['seeds'])} seeds"
    return f"{one['mean']:+.1f} points ({told}): {_verdict(one)}"


def _verdict(one: Mapping[str, Any]) -> str:
    if one["low"] is None:
        return "not told apart"
    return "better" if one["low"] > 0 else "worse" if one["high"] < 0 else "not told apart"


def _range(one: Mapping[str, Any]) -> str:
    return "none" if one["low"] is None else f"{one['low']:+.1f} to {one['high']:+.1f}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:+.1f}"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _mean(recalls: Mapping[str, Mapping[str, float]], k: int) -> dict[str, Any]:
    both = mean(recalls[f"{way}/recall_at_{k}"]["mean"] for way in WAYS)
    return {"mean": both, "deviation": None}


def _points(one: Mapping[str, Any] | None, scale: float = 1) -> str:
    if one is None:
        return "none"
    off = f" ± {scale * one['deviation']:.1f}" if one["deviation"] is not None else ""
    return f"{scale * one['mean']:.1f}{off}"
