"""One model under one way of choosing languages in; what it reached in each language out.

Every condition is the same model and budget, from the same seeds, on the same snapshot; what
differs is how often each language is taken (section `compare_languages`, `conditions`) and which
tasks are beside. A language that a condition does not take is measured all the same: zero-shot.
So that it is, words are learnt from the languages taken alone: the tokenizer from their captions,
and nothing is begun with what saw others (`initial: none`). What is not held out is the network
that looked at the pictures' regions, which learnt from captions in all languages of the pool.

`train/comparison.py` puts the figures of all runs side by side.
"""

from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage import machine
from curate.stage.params import parameters
from curate.stage.run import run
from train import compare, languages, pretrain
from train.compare import CompareParams, Plans
from train.params import PretrainParams, Sampling
from train.ranges import Count, Least0, Number, Share


@parameters
class Condition:
    """How languages are chosen, and what is learnt."""

    languages: dict[str, Least0]  # passes over pairs, as in a run's sampling; others are held out
    alpha: Share = 1.0  # exponent of a language's share, as there
    objectives: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    # ^ tasks' parameters, beyond those of all


@parameters
class Measured:
    """What is measured on the test split."""

    languages: tuple[str, ...]  # BCP-47
    beside: str = "en"  # whose captions of the same pictures each is set beside
    least: Number = 50  # pictures told in both; a language with fewer is left out
    candidates: Number = 1000  # at most; by a head that matches time grows with the square
    rerank: Count = 32  # of a dual encoder's first, how many such a head looks at again
    batch: Number = 256  # pairs in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products


@parameters
class LanguagesParams:
    """The conditions of a comparison of languages."""

    model: str = "imagebert"  # file of train/models/
    size: str = "tiny"
    all: Plans = field(default_factory=Plans)  # of every condition
    pretrain: dict[str, Any]  # budget and schedule, as in section pretrain, without model and seed
    conditions: dict[str, Condition]
    measured: Measured


def main(
    condition: str,
    seed: int,
    snapshot: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: LanguagesParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    scores: Path | None = None,
    scores_made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Pretrain a model under one condition from one seed, and measure it in each language.

    Returns:
        Budget, parameters and CPU time; what `train.tasks.by_language.measure` gives, and of each
        language its `share` of the pairs that an epoch takes and whether it is `zero_shot`.

    Raises:
        ParamsError: there is no such condition, or it begins with what saw other languages.
    """
    wanted = run_params(condition, seed, params)
    started = compare.cpu_seconds()
    places = (snapshot, labels, filter_network, out, log)
    trained = pretrain.main(params.model, *places, wanted, labels_made, made, scores, scores_made)
    ended = compare.cpu_seconds()
    found = _measured(out, snapshot, labels, params.measured, split, labels_made)
    taken = shares(snapshot, wanted.sampling)
    for tag, figures in found["languages"].items():
        share = taken.get(tag, 0.0)
        figures |= {"share": share, "zero_shot": share == 0}
    return {
        "condition": condition,
        "seed": seed,
        "budget": compare.budget(snapshot, wanted),
        "parameters": trained["parameters"],
        "cpu_seconds": {"pretrain": ended - started, "measure": compare.cpu_seconds() - ended},
        **found,
    }


def run_params(condition: str, seed: int, params: LanguagesParams) -> PretrainParams:
    """The parameters of one run.

    Raises:
        ParamsError: there is no such condition, a parameter is unknown, or the run would begin with
            what saw other languages.
    """
    if condition not in params.conditions:
        raise ParamsError(
            f"languages.models: no condition is named {condition!r} (under "
            f"compare_languages.conditions: {', '.join(params.conditions)})"
        )
    own = params.conditions[condition]
    sampling = params.pretrain.get("sampling", {})
    if fixed := sorted({"languages", "alpha"} & sampling.keys()):
        raise ParamsError(
            f"compare_languages.pretrain.sampling.{fixed[0]} is what conditions differ in: set it "
            "under compare_languages.conditions"
        )
    chosen = {"languages": own.languages, "alpha": own.alpha}
    alike = CompareParams(
        size=params.size,
        all=params.all,
        own={params.model: Plans(objectives=own.objectives)},
        pretrain={**params.pretrain, "sampling": {**sampling, **chosen}},
    )
    found = compare.run_params(params.model, seed, alike)
    if found.initial != "none" or found.tokenizer.kind not in ("wordpiece", "unigram"):
        raise ParamsError(
            f"compare_languages.pretrain: initial: {found.initial} and tokenizer: {{kind: "
            f"{found.tokenizer.kind}}} know words of languages that a condition holds out; set "
            "initial: none and tokenizer: {kind: wordpiece}, or unigram"
        )
    return found


def shares(snapshot: Path, sampling: Sampling) -> dict[str, float]:
    """Each language's share of the pairs that an epoch takes, 0-1, by tag."""
    rows = tables.read(snapshot / record.MANIFEST_FILE, ["lang", "split"])
    tags = np.array(tables.rows_with(rows, "split", ["train"]).column("lang").to_pylist(), str)
    weights = languages.weights(tags, sampling)
    names, place = np.unique(tags, return_inverse=True)
    passes = np.bincount(place, weights) / max(weights.sum(), 1e-9)
    return dict(zip(names.tolist(), passes.tolist(), strict=True))


def _measured(
    out: Path,
    snapshot: Path,
    labels: Path,
    params: Measured,
    split: Path | None,
    labels_made: Path | None,
) -> dict[str, Any]:
    from train.corpus import load as load_corpus
    from train.model import load
    from train.notes import needed
    from train.tasks import by_language
    from train.tasks.retrieval import Asked
    from train.text import Words

    network, words = load(out).to(machine.device()), Words(out)
    plan = network.plan
    size = (plan.text_tokens, plan.regions)
    places = (snapshot, labels, "test")
    wanted = needed(plan)
    corpus = load_corpus(*places, words, *size, labels_made, needs=wanted, pixels=plan.pixels)
    asked = Asked(params.candidates, params.rerank, params.batch)
    told = (params.languages, params.beside, params.least, split)
    cast = machine.autocast(machine.device(), params.precision)
    return by_language.measure(network, corpus, words, asked, *told, cast)


if __name__ == "__main__":
    run("train.compare_languages", section="compare_languages")
