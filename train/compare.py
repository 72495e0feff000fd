"""One model under the conditions of all in; its model, and what it reached and cost, out.

Data and hyperparameters explain most of the differences between published models of this family
(Bugliarello et al., 2021, whose controlled comparison this follows): here every model sees the
same pairs in the same order, for as many steps of as many pairs, from the same seed, and its
schedule, dropout, norms and weights of tasks are what section `compare` says for all. What its
paper says of layers, embeddings and tasks remains; what must differ is said by model (`own`).
CPU time is measured, that of training and that of one answer, so it alone differs from run to run.

`train/comparison.py` puts the figures of all runs side by side.
"""

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.dataset import memory, record
from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from curate.stage.run import run
from train import costs, evaluate, pretrain
from train.evaluate import EvaluateParams
from train.params import PretrainParams
from train.ranges import Number

if TYPE_CHECKING:
    from train.batch import Batch
    from train.plan import Plan


@parameters
class Plans:
    """What the plans of models are to be other than in their papers."""

    change: dict[str, Any] = field(default_factory=dict)  # fields of the plan
    objectives: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    # ^ tasks' parameters; a task that a model has not is added, null leaves one out


@parameters
class CompareParams:
    """The conditions of a comparison."""

    size: str = "tiny"  # of every model
    all: Plans = field(default_factory=Plans)  # of every model
    own: dict[str, Plans] = field(default_factory=dict)  # by model: beyond that of all
    pretrain: dict[str, Any]  # budget and schedule, as in section pretrain, without model and seed
    evaluate: EvaluateParams = field(default_factory=EvaluateParams)  # how each is measured
    answers: Number = 300  # that are timed, each of one pair


def main(
    model: str,
    seed: int,
    snapshot: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: CompareParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    scores: Path | None = None,
    scores_made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Pretrain and measure one model from one seed.

    Raises:
        ParamsError: the conditions do not fit the model; says where.
    """
    wanted = run_params(model, seed, params)
    started = cpu_seconds()
    places = (snapshot, labels, filter_network, out, log)
    trained = pretrain.main(model, *places, wanted, labels_made, made, scores, scores_made)
    ended = cpu_seconds()
    found = evaluate.main(out, snapshot, labels, params.evaluate, split, labels_made)
    spent = {"pretrain": ended - started, "evaluate": cpu_seconds() - ended}
    plan, batches = _pairs(out, snapshot, labels, params, split, labels_made)
    return {
        "model": model,
        "seed": seed,
        "budget": budget(snapshot, wanted),
        "parameters": trained["parameters"],
        "initialised": trained["initialised_layers"],
        "visual": plan.visual,
        "learning": learning(trained["start"], trained["last"]),
        "cpu_seconds": spent,
        "answer": costs.of_answers(out, batches),
        **{name: value for name, value in found.items() if name not in ("model", "split")},
    }


def learning(start: Mapping[str, float], last: Mapping[str, float]) -> dict[str, Any]:
    """Figures of each task on the validation split before training and after it, by task and name.

    Args:
        start: what was logged before the first step.
        last: what was logged after the last one.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in (name for name in start if name in last):
        match name.split("/"):
            case ["validation", task, figure] if not figure.startswith("chance"):
                ends = {"start": start[name], "end": last[name]}
                found.setdefault(task, {})[figure] = ends
    return found


def budget(snapshot: Path, params: PretrainParams) -> dict[str, Any]:
    """The data and length of a run, repeats included: what runs that are compared have alike."""
    return {
        "manifest": memory.fingerprint(snapshot / record.MANIFEST_FILE),
        "steps": params.steps,
        "pairs": params.steps * params.batch * params.accumulate,
    }


def run_params(model: str, seed: int, params: CompareParams) -> PretrainParams:
    """The parameters of one run of a comparison.

    Raises:
        ParamsError: a parameter is unknown, or `model` or `seed` is among those of all.
    """
    if fixed := sorted({"model", "seed"} & params.pretrain.keys()):
        raise ParamsError(
            f"compare.pretrain.{fixed[0]} is not one for all: a plan's fields go to compare.all, "
            "seeds to comparison.seeds"
        )
    own = params.own.get(model, Plans())
    plan = {
        "size": params.size,
        "change": params.all.change | own.change,
        "objectives": params.all.objectives | own.objectives,
    }
    return build(
        PretrainParams, {**params.pretrain, "model": plan, "seed": seed}, "compare.pretrain"
    )


def _pairs(
    model: Path,
    snapshot: Path,
    labels: Path,
    params: CompareParams,
    split: Path | None,
    labels_made: Path | None,
) -> "tuple[Plan, list[Batch]]":
    """A model's plan, and pairs to ask it about one by one, right and wrong in turn."""
    import numpy as np

    from train.batch import collate
    from train.corpus import load
    from train.model import like
    from train.notes import needed
    from train.tasks.retrieval import candidates
    from train.text import Words

    plan, words, own = like(model).plan, Words(model), params.evaluate
    size = (plan.text_tokens, plan.regions, labels_made, None, needed(plan), plan.pixels)
    corpus = load(snapshot, labels, own.split, words, *size)
    rows = candidates(corpus, own.language, own.candidates, split)
    texts = np.resize(rows, params.answers)
    pictures = np.where(np.arange(params.answers) % 2, texts[::-1], texts)
    pairs = zip(texts[:, None], pictures[:, None], strict=True)
    return plan, [collate(corpus, a, b, a == b, words) for a, b in pairs]


def cpu_seconds() -> float:
    """CPU time of this process and of those that it waited for, in all their threads."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    run("train.compare", section="compare")
