"""A snapshot in; the leaks of its training split out, or an error that refuses it.

What is tested on must not have been learnt from. Two things are asked: whether the snapshot's own
splits share a picture, and whether its training split holds what a registered evaluation set holds
(the snapshot stage writes that to leakage.json, by the tables of the scorers `leakage…`).
"""

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import DataError, LeakError

_NAMED = 5  # leaks that a message names


def check(snapshot: Path, allowed: bool, where: str) -> dict[str, int]:
    """Refuse a snapshot that leaks, unless that is allowed.

    Args:
        snapshot: its folder.
        allowed: whether to train on it all the same.
        where: section of the params file that allows it, for the message.

    Returns:
        Evaluation sets that were looked for, training pairs that leak into them, and pictures that
        the training split shares with the others.

    Raises:
        LeakError: it leaks; names sets, counts and examples, and what to do.
        DataError: leakage.json is missing or is no summary of leaks.
    """
    shared = _shared(snapshot)
    leakage = _leakage(snapshot)
    train = leakage.get("splits", {}).get("train", {"pairs": 0})
    if shared and not allowed:
        raise LeakError(
            f"{snapshot}: the training split shares {len(shared)} pictures with the others: "
            f"{', '.join(shared[:_NAMED])}; run split and snapshot again "
            f"(dvc repro --force split), or train on it all the same: {where}.allow_leaks: true"
        )
    if train["pairs"] and not allowed:
        raise LeakError(_refusal(snapshot, leakage, train, where))
    return {
        "evaluation_sets": len({one["name"] for one in leakage.get("sets", [])}),
        "pairs": train["pairs"],
        "shared_pictures": len(shared),
    }


def _refusal(snapshot: Path, leakage: dict[str, Any], train: dict[str, Any], where: str) -> str:
    sets = ", ".join(f"{count} in {name}" for name, count in train["sets"].items())
    kinds = ", ".join(f"{count} {kind}" for kind, count in train["kinds"].items())
    examples = "".join(
        f"\n  - {leak['uid']} {record.LEAK_KINDS.get(leak['kind'], leak['kind'])} "
        f"{leak['item']} of {leak['of']} (distance {leak['distance']:.3g})"
        for leak in leakage["examples"][:_NAMED]
    )
    ways = ", ".join(sorted(train["kinds"]))
    return f"""{snapshot} leaks: {train["pairs"]} training pairs are held by evaluation sets \
({sets}; {kinds}), so results on those would be too good:{examples}
  To drop them: filter.rules.leaks: {{exclude_leaks: [{ways}]}} (and in filter_made, where pairs are
  made), then dvc repro
  To train on it all the same: {where}.allow_leaks: true"""


def _leakage(snapshot: Path) -> dict[str, Any]:
    file = snapshot / record.LEAKAGE_FILE
    if not file.is_file():
        document = snapshot / record.SNAPSHOT_FILE
        if document.is_file() and record.LEAKAGE_FILE in document.read_text(encoding="utf-8"):
            raise DataError(f"{file} is missing; `pairwright repair` brings it back")
        return {}  # a snapshot of before leaks were looked for
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{file} is no JSON: {error}; `pairwright repair` mends it") from error
    if not _is_summary(found):
        raise DataError(f"{file} is no summary of leaks; `pairwright repair` mends it")
    return dict(found)


def _is_summary(found: Any) -> bool:
    if found == {}:  # no set was looked for
        return True
    return (
        isinstance(found, dict)
        and found.keys() >= {"sets", "splits", "examples"}
        and all(counts.keys() >= {"pairs", "sets", "kinds"} for counts in found["splits"].values())
    )


def _shared(snapshot: Path) -> list[str]:
    """Pictures of the training split that another split has too, sorted."""
    rows = tables.read(snapshot / record.MANIFEST_FILE, ["image", "split"])
    train = pc.equal(rows.column("split"), "train")
    ours = pc.unique(rows.filter(train).column("image"))
    theirs = pc.unique(rows.filter(pc.invert(train)).column("image"))
    both: list[str] = ours.filter(pc.is_in(ours, value_set=theirs)).sort().to_pylist()
    return both
