"""Figures of a model's variants in; one table of all, beside the model as it was, out.

What no other form beats in time, size and recall at once is marked: whoever wants less of one must
give up another there (the Pareto front). A variant that is wanted and was not made is named.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.stage.run import run

WHOLE, AS_TRAINED = "whole", "eager"  # the variant and the form that others are compared with
_SMALLER = ("bytes", "p50_ms", "peak_mib")  # is better
_QUALITY = "recall_at_10"
_TOOK = "cpu_seconds"
_ALIKE = ("manifest", "candidates")  # of all variants


@parameters
class DevicesParams:
    """Which variants of which model are made."""

    model: str  # folder of the trained model
    variants: tuple[str, ...] = ()  # keys of section compress; none: nothing is made


def main(runs: Path, made: Path, params: DevicesParams) -> dict[str, Any]:
    """Put the figures of all variants side by side.

    Args:
        runs: folder of their figures, `<variant>.json`, as `train.measure_compressed` gives them.
        made: folder of what making them took, `<variant>.json`, as `train.compress` gives it.
        params: section `devices`.

    Returns:
        A row for each variant and form, with `cpu_seconds` (of making the variant; None: not told),
        `smaller` and `faster` (how many times, against the model as it was trained), `points_lost`
        of recall at 10, and whether it is on the `front`; the names of missing runs; what all had
        alike.

    Raises:
        DataError: variants were not measured among as many candidates of the same snapshot.
    """
    found, took = _read(runs, params.variants), _read(made, params.variants)
    alike = {name: {key: one.get(key) for key in _ALIKE} for name, one in found.items()}
    first = next(iter(alike.values()), dict.fromkeys(_ALIKE))
    if unlike := {name: own for name, own in alike.items() if own != first}:
        raise DataError(f"variants were not measured alike: {unlike}, and the others {first}")
    rows = [
        {"variant": name, "form": form, _TOOK: took.get(name, {}).get(_TOOK), **figures}
        for name, one in found.items()
        for form, figures in one["forms"].items()
    ]
    before = next(
        (row for row in rows if (row["variant"], row["form"]) == (WHOLE, AS_TRAINED)), None
    )
    return {
        "model": params.model,
        **first,
        "rows": [{**row, **_against(row, before), "front": _leads(row, rows)} for row in rows],
        "missing": [name for name in params.variants if name not in found],
    }


def _read(folder: Path, variants: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Figures of those variants that have some."""
    return {
        name: json.loads(file.read_text(encoding="utf-8"))
        for name in variants
        if (file := folder / f"{name}.json").is_file()
    }


def _against(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, float]:
    """How much smaller and faster a form is than the model as it was trained, and what it lost."""
    if before is None:
        return {}
    return {
        "smaller": before["bytes"] / row["bytes"],
        "faster": before["p50_ms"] / row["p50_ms"],
        "points_lost": 100 * (before[_QUALITY] - row[_QUALITY]),
    }


def _leads(row: Mapping[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Whether no other row is as good in everything and better in something."""

    def values(one: Mapping[str, Any]) -> list[float]:
        return [*(-one[name] for name in _SMALLER), one[_QUALITY]]

    own = values(row)
    return not any(
        (theirs := values(other)) != own
        and all(their >= mine for their, mine in zip(theirs, own, strict=True))
        for other in rows
    )


if __name__ == "__main__":
    run("train.compression", section="devices")
