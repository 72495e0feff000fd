"""A pretrained model, a task's training split and objectives in; the model that learnt them, out.

All but the model's heads goes on from its weights, and of the heads those that an objective has, or
begins with. The loop is that of pretraining: a run that was killed goes on from its last
checkpoint, and under `torchrun` processes share each step's batches.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.dataset import memory
from curate.dataset.errors import ParamsError
from curate.stage.params import build
from train.compare import cpu_seconds
from train.params import TuneParams

if TYPE_CHECKING:
    from train.corpus import Corpus
    from train.lesson import Lesson
    from train.plan import Plan

Objectives = Mapping[str, dict[str, Any]]
"""Files of `train/objectives/` -> their parameters."""


def tuned(
    name: str,
    objectives: Objectives,
    task: Path,
    labels: Path,
    model: Path,
    out: Path,
    log: Path,
    params: TuneParams,
) -> dict[str, Any]:
    """Let a model learn objectives on a task's training split.

    Args:
        name: of the run.
        objectives: what is learnt.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        model: folder of the pretrained model.
        out: folder of the one that learnt.
        log: folder of its curves.
        params: of the run.

    Returns:
        Figures of the run; of one that went on from a checkpoint, CPU time since then.

    Raises as `lesson` does.
    """
    from train.running import fingerprint, trained

    started = cpu_seconds()
    taught, figures = lesson(objectives, task, labels, model, params)
    made_of = fingerprint(params, name, [memory.fingerprint(f) for f in (task, labels, model)])
    with trained(name, made_of, taught.model, [taught], params, log) as ran:
        if ran.first:
            ran.write(out)
        learnt = {"parameters": ran.parameters, "steps": params.steps, "last": ran.last}
        learnt["cpu_seconds"] = cpu_seconds() - started
        return {"model": taught.model.name} | figures | learnt


def lesson(
    objectives: Objectives,
    task: Path,
    labels: Path,
    model: Path,
    params: TuneParams,
    name: str = "",
) -> tuple["Lesson", dict[str, Any]]:
    """A task's training split as a lesson of a model that goes on with it.

    Args:
        objectives: what is learnt.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        model: folder of the pretrained model.
        params: of the run.
        name: of one lesson among others; empty: it is the only one.

    Returns:
        The lesson, and what is to be said of it.

    Raises:
        ParamsError: an objective or a changed field of the plan is not to be had.
        DataError: the pictures' features are not of the length that the model reads.
        WeightsError: there is no such model, or the changed plan does not fit its weights.
    """
    import torch

    from train import draws
    from train.begin import begin
    from train.lesson import Lesson
    from train.model import load as load_model
    from train.model import make
    from train.objectives import needs
    from train.tasks.corpus import fitting, load
    from train.text import Words
    from train.validation import Validation

    before = load_model(model)
    plan = planned(before.plan, objectives, params.change)
    words = Words(model)
    pixels = (plan.pixels, params.picture_cache << 20)
    size = (plan.text_tokens, plan.regions, needs(plan.objectives), *pixels)
    corpus, held_out = (
        load(task, labels, split, words, *size) for split in ("train", "validation")
    )
    fitting(corpus, before.sizes, labels)
    told = vocabulary(objectives, corpus)
    torch.manual_seed(draws.number(params.seed, "weights"))
    tuned = make(before.name, plan, dataclasses.replace(before.sizes, answers=told))
    taken = begin(tuned, model)
    validation = Validation(held_out, words, params)
    return Lesson(tuned, corpus, words, params, validation, name=name), {
        "objective": " + ".join(objectives),
        "answers": len(told),
        "examples": {"train": len(corpus), "validation": len(held_out)},
        "without_regions": {"train": corpus.dropped, "validation": held_out.dropped},
        "begun_with": taken,
    }


def planned(before: "Plan", objectives: Objectives, change: Mapping[str, Any]) -> "Plan":
    """A pretrained model's plan with other objectives in its tasks' place.

    Nothing is withheld, all cells are read, no second caption follows, and nothing is told of the
    words.

    Raises:
        ParamsError: `change` names an unknown field of the plan.
    """
    from train.plan import Plan, to_dict

    if "objectives" in change:
        raise ParamsError("change.objectives: the objective is the task's; see `objective`")
    fields = to_dict(before) | {"objectives": dict(objectives), "mix": {}, "late": {}}
    fields |= {"one_side": False, "withheld": 0.0, "second": 0.0, "sampled": 0}
    fields |= {"schedule": {}}
    return build(Plan, fields | dict(change), "change")


def vocabulary(objectives: Objectives, corpus: "Corpus") -> tuple[str, ...]:
    """The answers that an objective chooses among, by the training examples; none: empty."""
    from train.model import objective

    for name, values in objectives.items():
        if hasattr(module := objective(name), "vocabulary"):
            own = build(module.Params, values, f"objectives.{name}")
            return tuple(module.vocabulary(corpus.examples, own))
    return ()
