"""Figures of single runs in; one table of all models, with spread, out.

Runs are those of `train/compare.py`; or of `train/compare_languages.py` or
`train/compare_backbones.py`, whose models are one and differ by the languages that they learnt from
or by how they take pictures in.

Each figure is the mean over the seeds, with the least and the most beside it and, of two seeds or
more, the sample standard deviation; chance stands beside recalls and accuracies, and beside all the
least that any recall of a model is of its chance (`least_times_chance`). A run that is
wanted and was not made is said to be missing: the table is then of the others.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.stage.run import run

_ALIKE = ("budget", "seed", "model", "condition")  # of a run: what it is, not what it reached
_WAYS = ("image_retrieval", "text_retrieval")
_FIXED = (  # the same from every seed
    *("candidates", "targets", "parameters", "initialised", "visual", "bytes"),
    *("shared", "left_out", "share", "zero_shot"),
)


@parameters
class ComparisonParams:
    """Which runs are compared."""

    models: tuple[str, ...]  # files of train/models/, or conditions of what is compared
    seeds: tuple[int, ...] = ()  # each model is trained from each; none: nothing is compared
    tasks: tuple[str, ...] = ()  # that some models go on with, by train.task_comparison
    task_models: tuple[str, ...] = ()  # some of `models`


def main(runs: Path, params: ComparisonParams, looked: Path | None = None) -> dict[str, Any]:
    """Put the figures of the runs that are wanted side by side.

    Args:
        runs: folder of their figures, `<model>-<seed>.json`.
        params: section `comparison`, `languages` or `backbones`.
        looked: folder of figures `<model>.json` of the regions that each works on, of which those
            of models that read no pixels are told; None: there are none.

    Returns:
        The budget of all; of each model its seeds and figures; and the names of missing runs.

    Raises:
        DataError: runs are not of one budget on the same data; names two that differ.
    """
    wanted = [(model, seed) for model in params.models for seed in params.seeds]
    found = {
        (model, seed): json.loads(file.read_text(encoding="utf-8"))
        for model, seed in wanted
        if (file := runs / f"{model}-{seed}.json").is_file()
    }
    by_model = {
        model: {seed: found[model, seed] for seed in params.seeds if (model, seed) in found}
        for model in params.models
    }
    return {
        "budget": _budget(found),
        "models": {
            model: {**_of_model(own), **_regions(looked, model, own)}
            for model, own in by_model.items()
            if own
        },
        "missing": [f"{model}-{seed}" for model, seed in wanted if (model, seed) not in found],
    }


def _budget(found: Mapping[tuple[str, int], Mapping[str, Any]]) -> dict[str, Any]:
    """What all runs had alike."""
    budgets = {f"{model}-{seed}": figures["budget"] for (model, seed), figures in found.items()}
    if not budgets:
        return {}
    first = next(iter(budgets))
    for name, budget in budgets.items():
        if budget != budgets[first]:
            raise DataError(
                f"{name} and {first} were not trained alike: {budget} and {budgets[first]}; run "
                "that stage again by `dvc repro`, which trains again what is of another budget"
            )
    return dict(budgets[first])


def _of_model(runs: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    figures = [{k: v for k, v in one.items() if k not in _ALIKE} for one in runs.values()]
    return {"seeds": list(runs), **_above_chance(figures), **joined(figures)}


def _above_chance(runs: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The least that a recall of any run is of its chance: at 1, 5 or 10, one way or the other."""
    found = [
        value
        for one in runs
        for way in _WAYS
        for name, value in one.get(way, {}).items()
        if name.startswith("times_chance")
    ]
    return {"least_times_chance": min(found)} if found else {}


def _regions(
    looked: Path | None, model: str, runs: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    """Who made the regions that a model is given, and the time that a new picture takes him."""
    if looked is None or any("picture" in one for one in runs.values()):
        return {}
    told = json.loads((looked / f"{model}.json").read_text(encoding="utf-8"))
    took = {name: spread([value]) for name, value in told["picture"].items()}
    return {"visual": f"regions by {told['maker']}, frozen", "picture": took}


def joined(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested figures that all runs have, each number spread over the runs."""
    found: dict[str, Any] = {}
    for name, first in runs[0].items():
        if not all(name in one for one in runs):
            continue  # a run of before it was measured is not to look like one that has it
        values = [one[name] for one in runs]
        if name in _FIXED or name.startswith("chance"):
            found[name] = first
        elif isinstance(first, Mapping):
            found[name] = joined(values)
        elif not isinstance(first, str):
            found[name] = spread(values)
    return found


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Mean, sample standard deviation (none of one value), least and most."""
    return {
        "mean": mean(values),
        "deviation": stdev(values) if len(values) > 1 else None,
        "least": min(values),
        "most": max(values),
    }


if __name__ == "__main__":
    run("train.comparison", section="comparison")
