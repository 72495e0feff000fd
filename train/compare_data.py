"""One model under one choice of training data in; what it reached on clean test pairs out.

DataComp's protocol (Gadre et al., 2023): model, budget, recipe and measures are fixed, and only the
snapshot that is learnt from differs. Of one seed, runs are paired: they begin with the same
weights, and what happens to a sample that two of them share is drawn from (seed, epoch, uid) and so
the same in both (`train/draws.py`).

Measured is on held-out pictures that no rule looked at, of sources whose captions are clean because
people gave them on purpose, not because a rule kept them. Those whose copies were planted among the
training pairs are left out and measured by themselves, since what leaked flatters a model that
learnt it. `train/data_comparison.py` puts all runs side by side.
"""

import dataclasses
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import ParamsError
from curate.stage import machine
from curate.stage.params import parameters
from curate.stage.run import run
from train import compare, pretrain
from train.compare import CompareParams, Plans
from train.params import PretrainParams
from train.ranges import Number

LEAKED = "leaked"  # kind of noise, of the truth


@parameters
class Condition:
    """What is learnt from, and what of it."""

    data: str  # folder of its snapshot, below that of all
    objectives: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    # ^ tasks' parameters, beyond those of all


@parameters
class Tested:
    """What is measured."""

    split: Literal["test", "validation"] = "test"  # of the snapshot; who searches looks at no test
    languages: tuple[str, ...]  # BCP-47; the first is that of sources and of what leaked
    sources: tuple[str, ...] | None = None  # whose captions are clean; null: all sources
    candidates: Number = 1000  # pictures, and captions, at most
    least: Number = 20  # candidates; what has fewer is not measured
    batch: Number = 256  # pairs in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products


@parameters
class CompareDataParams:
    """What is the same under all conditions, and the conditions."""

    model: str = "imagebert"  # file of train/models/
    size: str = "tiny"
    all: Plans = field(default_factory=Plans)
    pretrain: dict[str, Any]  # budget and schedule, as in section pretrain, without model and seed
    conditions: dict[str, Condition]
    tested: Tested


def main(
    condition: str,
    seed: int,
    snapshots: Path,
    truth: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: CompareDataParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    split: Path | None = None,
    keep: int = 0,
) -> dict[str, Any]:
    """Pretrain a model on one choice of data from one seed, and measure it.

    Args:
        condition: key of `conditions`.
        seed: of the run.
        snapshots: folder of those of all conditions.
        truth: table of what was planted, with `noise` and `of`.
        labels: folder of the planted pool's labels.
        filter_network: as of `train.pretrain`.
        out: folder of the model.
        log: folder of its curves.
        params: section `compare_data`.
        labels_made: folder of the labels of made pairs.
        made: folder of the made sets.
        split: table of splits, whose groups of like pictures are asked about once.
        keep: steps between states of the model that stay in its folder; 0: none stays.

    Returns:
        Budget, training pairs, parameters, CPU time, and what `train.tasks.tested.measure` gives.

    Raises:
        ParamsError: there is no such condition.
    """
    wanted, snapshot = run_params(condition, seed, params), snapshots / data(condition, params)
    wanted = dataclasses.replace(wanted, keep=keep)
    started = compare.cpu_seconds()
    places = (snapshot, labels, filter_network, out, log)
    trained = pretrain.main(params.model, *places, wanted, labels_made, made)
    ended = compare.cpu_seconds()
    found = _tested(out, snapshot, labels, truth, params.tested, split)
    budget = compare.budget(snapshot, wanted)
    return {
        "condition": condition,
        "seed": seed,
        "budget": {name: budget[name] for name in ("steps", "pairs")},
        "pairs": trained["pairs"]["train"],
        "leaks": trained["leaks"]["pairs"],
        "parameters": trained["parameters"],
        "cpu_seconds": {"pretrain": ended - started, "measure": compare.cpu_seconds() - ended},
        **found,
    }


def run_params(condition: str, seed: int, params: CompareDataParams) -> PretrainParams:
    """The parameters of one run: those of all, leaks allowed, since some conditions have them.

    Raises:
        ParamsError: there is no such condition, or a parameter is unknown.
    """
    data(condition, params)
    alike = CompareParams(
        size=params.size,
        all=params.all,
        own={params.model: Plans(objectives=params.conditions[condition].objectives)},
        pretrain={**params.pretrain, "allow_leaks": True},
    )
    return compare.run_params(params.model, seed, alike)


def data(condition: str, params: CompareDataParams) -> str:
    """The name of the snapshot that a condition trains on.

    Raises:
        ParamsError: there is no such condition.
    """
    if condition not in params.conditions:
        raise ParamsError(
            f"data_comparison.models: no condition is named {condition!r} (under "
            f"compare_data.conditions: {', '.join(params.conditions)})"
        )
    return params.conditions[condition].data


def _tested(
    out: Path, snapshot: Path, labels: Path, truth: Path, params: Tested, split: Path | None
) -> dict[str, Any]:
    from train.corpus import load as load_corpus
    from train.model import load
    from train.tasks import tested
    from train.tasks.retrieval import Asked
    from train.text import Words

    network, words = load(out).to(machine.device()), Words(out)
    plan = network.plan
    size = (plan.text_tokens, plan.regions)
    corpus = load_corpus(snapshot, labels, params.split, words, *size, pixels=plan.pixels)
    rows = tables.read(truth, ["noise", "of"])
    leaked = rows.filter(pc.equal(rows.column("noise"), LEAKED)).column("of").to_pylist()
    network.eval()
    asked = tested.Tests(
        params.languages,
        params.sources,
        params.least,
        Asked(params.candidates, 0, params.batch),
        split,
    )
    places = (snapshot, labels)
    cast = machine.autocast(machine.device(), params.precision)
    return tested.measure(network, corpus, words, asked, set(leaked), *places, cast)


if __name__ == "__main__":
    run("train.compare_data", section="compare_data")
