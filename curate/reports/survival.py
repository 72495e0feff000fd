"""The pairs of a method of making become counts: what was kept, what was dropped by what."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from curate.dataset import record
from curate.reports.inputs import Inputs, NotRun


def of(name: str, pairs: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    """What became of a method's pairs: kept or dropped by which rule, and in the snapshot."""
    kept = int(pairs["kept"].sum())
    told = inputs.metrics_below("make").get(name, {})
    return {
        "name": name,
        "pairs": len(pairs),
        "pictures": pairs["image"].nunique(),
        "kept": kept,
        "share": kept / len(pairs) if len(pairs) else None,
        "reasons": _ranked(pairs.loc[~pairs["kept"], "reason"].value_counts().to_dict()),
        "refused": _ranked(told.get("rejected", {})),
        "chosen": told.get("pictures", {}).get("chosen"),
        **_in_snapshot(name, inputs),
    }


def _in_snapshot(name: str, inputs: Inputs) -> dict[str, Any]:
    """Pairs that the snapshot holds and that its cap left out; None where nothing tells."""
    try:
        folder = inputs.there(inputs.paths.snapshot, "snapshot")
        about = json.loads((folder / record.SNAPSHOT_FILE).read_text(encoding="utf-8"))
    except (NotRun, OSError, ValueError):
        return {"held": None, "left_out": None}
    told = about.get("making", {}).get("methods", {}).get(name, {})
    return {"held": told.get("pairs"), "left_out": told.get("left_out")}


def _ranked(counts: Mapping[Any, int]) -> list[tuple[str, int]]:
    rows = ((str(name), int(count)) for name, count in counts.items())
    return sorted(rows, key=lambda row: (-row[1], row[0]))
