"""Figures of runs on differently chosen data, and of what was caught, in; what choosing pays out.

A difference of two conditions is that of runs of one seed, which share all that is drawn for the
samples that they share; its interval is Student's t at 95% over these paired differences
(`scipy.stats.t`, n - 1 degrees of freedom): what would be found if more seeds were drawn, on the
same pool and the same test pictures. From one seed there is no interval. The headline is recall at
10 among clean test pictures, the mean of both ways and of all languages, in points (0-100).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from curate.dataset.errors import DataError
from curate.stage import markdown
from curate.stage.params import parameters
from curate.stage.run import run
from train import data_report
from train.comparison import spread
from train.data_report import OURS, WAYS

HEADLINE = "recall_at_10"
_BASELINES = ("raw", "random")
_CONFIDENCE = 0.95


@parameters
class DataComparisonParams:
    """Which runs are compared."""

    conditions: tuple[str, ...]  # keys of compare_data.conditions
    seeds: tuple[int, ...]  # each is trained from each
    steps: tuple[tuple[str, str], ...] = ()  # pairs (later, earlier) of which the later adds a step


def main(runs: Path, caught: Path, table: Path, params: DataComparisonParams) -> dict[str, Any]:
    """Put the runs that are wanted side by side, and each condition against the others.

    Args:
        runs: folder of their figures, `<condition>-<seed>.json`.
        caught: figures of `curate.conditions`.
        table: file of the report as Markdown.
        params: section `data_comparison`.

    Returns:
        `ours_minus_raw` and `ours_minus_random`, where there are such runs; `steps`, the same of
        each further step; `differences` of every two conditions; `conditions`: what each reached
        and cost, over its seeds; `caught`; `missing` runs.

    Raises:
        DataError: runs are not of one budget; names two that differ.
    """
    wanted = [(name, seed) for name in params.conditions for seed in params.seeds]
    files = {(name, seed): runs / f"{name}-{seed}.json" for name, seed in wanted}
    found = {
        key: json.loads(file.read_text(encoding="utf-8"))
        for key, file in files.items()
        if file.is_file()
    }
    check(found)
    by_name: dict[str, dict[int, Any]] = {}
    for (name, seed), figures in found.items():
        by_name.setdefault(name, {})[seed] = points(figures)
    headline = {name: {s: own["clean"] for s, own in of.items()} for name, of in by_name.items()}
    names = list(by_name)
    told: dict[str, Any] = {
        f"{OURS}_minus_{base}": paired(headline[OURS], headline[base])
        for base in _BASELINES
        if base in headline and OURS in headline
    }
    told["steps"] = {
        f"{late}_minus_{early}": paired(headline[late], headline[early])
        for late, early in params.steps
        if late in headline and early in headline
    }
    told["differences"] = {
        f"{a}_minus_{b}": paired(headline[a], headline[b]) for a in names for b in names if a != b
    }
    told["parts"] = _parts(by_name)
    told["conditions"] = {
        name: _reached([found[name, seed] for seed in of], of) for name, of in by_name.items()
    }
    told["caught"] = json.loads(caught.read_text(encoding="utf-8"))
    told["missing"] = [f"{name}-{seed}" for name, seed in wanted if (name, seed) not in found]
    markdown.write(data_report.lines(told), table)
    return told


def paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> dict[str, Any]:
    """Mean and 95% interval of the differences of runs of one seed.

    Args:
        ours: value by seed.
        theirs: the same; seeds that only one has are left out.

    Returns:
        `mean`, `low` and `high` (None of fewer than two seeds, and all three of none), `seeds`.
    """
    from scipy.stats import t

    seeds = sorted(ours.keys() & theirs.keys())
    each = [ours[seed] - theirs[seed] for seed in seeds]
    centre = mean(each) if each else None
    low = high = None
    if len(each) > 1:
        wide = float(t.ppf((1 + _CONFIDENCE) / 2, len(each) - 1)) * stdev(each) / len(each) ** 0.5
        low, high = mean(each) - wide, mean(each) + wide
    return {"mean": centre, "low": low, "high": high, "seeds": seeds}


def points(figures: Mapping[str, Any]) -> dict[str, float]:
    """What a run reached, in points: recall at 10, mean of both ways, by part of the test split.

    Parts are `clean` (the mean of all languages), `language <tag>`, and of the first language
    `source <name>`, `every` (source), `leaked`; and `composition <kind>`, points of accuracy.
    """
    parts = {f"language {tag}": own for tag, own in figures["languages"].items()}
    parts |= {f"source {name}": own for name, own in figures["sources"].items()}
    parts |= figures["parts"]
    found = {name: 100 * mean(own[way][HEADLINE] for way in WAYS) for name, own in parts.items()}
    told = figures["composition"].items()
    found |= {f"composition {kind}": 100 * own["accuracy"] for kind, own in told}
    return {"clean": mean(found[f"language {tag}"] for tag in figures["languages"]), **found}


def check(found: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
    """Refuse runs, by name and seed, that are not of one budget.

    Raises:
        DataError: names two that differ.
    """
    budgets = {f"{name}-{seed}": own["budget"] for (name, seed), own in found.items()}
    first = next(iter(budgets), "")
    for name, budget in budgets.items():
        if budget != budgets[first]:
            raise DataError(
                f"{name} and {first} were not trained alike: {budget} and {budgets[first]}; run "
                "that stage again by the same `make`, which trains again what is of another budget"
            )


def _parts(by_name: Mapping[str, Mapping[int, Mapping[str, float]]]) -> dict[str, Any]:
    """Ours against each baseline, by part of the test split that all their runs have."""
    found = {}
    for base in (base for base in _BASELINES if base in by_name and OURS in by_name):
        both = [*by_name[OURS].values(), *by_name[base].values()]
        shared = [part for part in both[0] if all(part in own for own in both)]
        found[f"{OURS}_minus_{base}"] = {
            part: paired(*({s: own[part] for s, own in by_name[n].items()} for n in (OURS, base)))
            for part in shared
        }
    return found


def _reached(
    runs: Sequence[Mapping[str, Any]], of: Mapping[int, Mapping[str, float]]
) -> dict[str, Any]:
    """What a condition reached and cost, over its seeds; recalls are means of all languages."""
    parts = list(of.values())
    shared = [part for part in parts[0] if all(part in own for own in parts)]
    return {
        "seeds": list(of),
        "pairs": runs[0]["pairs"],
        "cpu_seconds": spread([one["cpu_seconds"]["pretrain"] for one in runs]),
        "recalls": {
            f"{way}/recall_at_{k}": spread(
                [
                    mean(own[way][f"recall_at_{k}"] for own in one["languages"].values())
                    for one in runs
                ]
            )
            for way in WAYS
            for k in (1, 5, 10)
        },
        "points": {part: spread([own[part] for own in parts]) for part in shared},
    }


if __name__ == "__main__":
    run("train.data_comparison", section="data_comparison")
