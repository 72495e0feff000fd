"""Rejects, decisions and the snapshot become a funnel: what came, what left at which step, why."""

from typing import Any

import pandas as pd

from curate.reports import survival
from curate.reports.inputs import Inputs, NotRun

TITLE = "From found to kept"
LEAD = (
    "Every item that a source offered, and the step at which it left. A pair that breaks several "
    "rules counts for the first of them; the order is that of params.yaml. Made pairs are counted "
    "on their own."
)


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """Steps of the funnel in all and per source."""
    steps = totals(inputs)
    return {
        "sources": inputs.sources,
        "steps": steps,
        "widest": steps[0]["left"],
        "by_source": [_source(inputs, name) for name in inputs.sources],
        "by_method": _methods(inputs),
    }


def totals(inputs: Inputs) -> list[dict[str, Any]]:
    """For each step its name and kind, pairs left and gone in all, and the same `by_source`."""
    return [
        {
            "name": step["name"],
            "kind": step["kind"],
            "left": sum(step["left"].values()),
            "gone": sum(step["gone"].values()),
            "by_source": step,
        }
        for step in _steps(inputs)
    ]


def _steps(inputs: Inputs) -> list[dict[str, Any]]:
    """For each step: its name, what it is about, and by source how many left and how many stay."""
    pool, sources = inputs.pool, inputs.sources
    stay = _count(pool, sources)
    gone = _count(inputs.rejected, sources)
    offered = {name: stay[name] + gone[name] for name in sources}
    nothing = dict.fromkeys(sources, 0)
    steps = [{"name": "found", "kind": "start", "left": offered, "gone": nothing}]
    reasons = inputs.rejected["reason"].value_counts()
    for reason in sorted(reasons.index, key=lambda name: (-reasons[name], name)):
        part = _count(inputs.rejected[inputs.rejected["reason"] == reason], sources)
        steps.append(_after(steps[-1], reason, "crawl", part))
    steps.append({"name": "pairs in the pool", "kind": "stop", "left": stay, "gone": nothing})
    dropped = pool[~pool["kept"]]
    for rule in _rules(inputs, dropped):
        part = _count(dropped[dropped["reason"] == rule], sources)
        steps.append(_after(steps[-1], rule, "filter", part))
    kept = _count(pool[pool["kept"]], sources)
    steps.append({"name": "kept", "kind": "stop", "left": kept, "gone": nothing})
    return steps


def _rules(inputs: Inputs, dropped: pd.DataFrame) -> list[str]:
    """Rules that dropped a pair first, in the order in which they were asked."""
    known = list(inputs.rules)
    found = sorted(dropped["reason"].unique())
    return sorted(found, key=lambda name: (known.index(name) if name in known else 1e9, name))


def _after(step: dict[str, Any], name: str, kind: str, gone: dict[str, int]) -> dict[str, Any]:
    left = {source: step["left"][source] - gone[source] for source in gone}
    return {"name": name, "kind": kind, "left": left, "gone": gone}


def _count(frame: pd.DataFrame, sources: list[str]) -> dict[str, int]:
    counts = frame["source"].value_counts()
    return {name: int(counts.get(name, 0)) for name in sources}


def _source(inputs: Inputs, name: str) -> dict[str, Any]:
    """What became of one source: pairs, kept share, commonest reasons, place in the snapshot."""
    pairs = inputs.pool[inputs.pool["source"] == name]
    kept = pairs[pairs["kept"]]
    reasons = pairs.loc[~pairs["kept"], "reason"].value_counts()
    order = sorted(reasons.index, key=lambda rule: (-reasons[rule], rule))
    try:
        held = inputs.manifest[inputs.manifest["source"] == name]
        splits = {split: int(n) for split, n in sorted(held["split"].value_counts().items())}
    except NotRun:
        splits = {}
    return {
        "name": name,
        "pairs": len(pairs),
        "images": pairs["image"].nunique(),
        "languages": pairs["lang"].nunique(),
        "kept": len(kept),
        "share": len(kept) / len(pairs) if len(pairs) else 0.0,
        "reasons": [(rule, int(reasons[rule])) for rule in order[:3]],
        "splits": splits,
        "licences": sorted(pairs["licence"].dropna().unique()),
    }


def _methods(inputs: Inputs) -> list[dict[str, Any]]:
    """What became of the pairs of each method that made some; nothing where none was run."""
    try:
        made = inputs.made
    except NotRun:
        return []
    return [
        {**survival.of(str(name), pairs, inputs), "widest": made["source"].value_counts().max()}
        for name, pairs in made.groupby("source")
    ]
