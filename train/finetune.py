"""A pretrained model and a task's examples in; the model that does the task, and its curves, out.

`--name` is the run's: `finetune.<name>` says which task, and which model it begins with. All but
the model's heads goes on from its weights; what is learnt is the objective of the task's format
(`train/tasks/formats/`), by the loop that pretraining has: a run that was killed goes on from its
last checkpoint, and under `torchrun` processes share each step's batches.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.dataset import memory
from curate.dataset.errors import ParamsError
from curate.stage import plugin
from curate.stage.params import build
from curate.stage.run import run
from train.params import FinetuneParams
from train.tasks import examples

if TYPE_CHECKING:
    from train.plan import Plan

FORMATS = "train.tasks.formats"


def main(
    name: str,
    task: Path,
    labels: Path,
    model: Path,
    out: Path,
    log: Path,
    params: FinetuneParams,
) -> dict[str, Any]:
    """Fine-tune a model on a task's training split.

    Args:
        name: of the run.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        model: folder of the pretrained model.
        out: folder of the fine-tuned one.
        log: folder of its curves.
        params: its section.

    Raises:
        ParamsError: the objective or a changed field of the plan is not to be had.
        DataError: the pictures' features are not of the length that the model reads.
        WeightsError: there is no such model, or the changed plan does not fit its weights.
    """
    import torch

    from train import draws
    from train.begin import begin
    from train.model import load as load_model
    from train.model import make
    from train.model import objective as find_objective
    from train.objectives import needs
    from train.running import fingerprint, trained
    from train.tasks.corpus import fitting, load
    from train.text import Words
    from train.validation import Validation

    before = load_model(model)
    plan = planned(before.plan, examples.kind(task), params)
    objective = next(iter(plan.objectives))
    words = Words(model)
    pixels = (plan.pixels, params.picture_cache << 20)
    size = (plan.text_tokens, plan.regions, needs(plan.objectives), *pixels)
    corpus, held_out = (
        load(task, labels, split, words, *size) for split in ("train", "validation")
    )
    fitting(corpus, before.sizes, labels)
    module = find_objective(objective)
    own = build(module.Params, params.objective, f"objectives.{objective}")
    told = module.vocabulary(corpus.examples, own) if hasattr(module, "vocabulary") else ()
    torch.manual_seed(draws.number(params.seed, "weights"))
    tuned = make(before.name, plan, dataclasses.replace(before.sizes, answers=told))
    taken = begin(tuned, model)
    parts = [memory.fingerprint(folder) for folder in (task, labels, model)]
    made_of = fingerprint(params, name, parts)
    validation = Validation(held_out, words, params)
    with trained(f"finetune-{name}", made_of, tuned, corpus, words, params, validation, log) as ran:
        if ran.first:
            ran.write(out, corpus, words)
        return {
            "model": before.name,
            "objective": objective,
            "parameters": ran.parameters,
            "answers": len(told),
            "examples": {"train": len(corpus), "validation": len(held_out)},
            "without_regions": {"train": corpus.dropped, "validation": held_out.dropped},
            "steps": params.steps,
            "begun_with": taken,
            "last": ran.last,
        }


def planned(before: "Plan", kind: str, params: FinetuneParams) -> "Plan":
    """A pretrained model's plan with the objective of a format in its tasks' place.

    Nothing is masked or withheld, no second caption follows, and nothing is told of the words.

    Raises:
        ParamsError: `change` names an unknown field of the plan.
    """
    from train.plan import Plan, to_dict

    objective = plugin.load(FORMATS, kind).OBJECTIVE
    if "objectives" in params.change:
        raise ParamsError("change.objectives: the objective is the task's; see `objective`")
    fields = to_dict(before) | {"objectives": {objective: params.objective}, "mix": {}}
    fields |= {"one_side": False, "withheld": 0.0, "second": 0.0, "schedule": {}}
    return build(Plan, fields | params.change, "finetune.change")


if __name__ == "__main__":
    run("train.finetune", section="finetune")
