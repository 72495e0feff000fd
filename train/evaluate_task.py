"""A fine-tuned model and its task in; what it answers on the test split, and how well, out."""

from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from curate.dataset import tables
from curate.stage import machine, plugin
from curate.stage.params import parameters
from curate.stage.run import run
from train.params import Writing
from train.ranges import Number
from train.tasks import examples

FORMATS, METRICS = "train.tasks.formats", "train.tasks.metrics"


@parameters
class EvaluateTaskParams:
    """How a fine-tuned model is measured."""

    split: str = "test"  # of the task
    batch: Number = 256  # examples in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products
    writing: Writing = field(default_factory=Writing)  # how texts are written


def main(
    model: Path, task: Path, labels: Path, out: Path, params: EvaluateTaskParams
) -> dict[str, Any]:
    """Let a model answer a split that it never saw, and measure it as the task officially is.

    Args:
        model: folder that `train.finetune` wrote.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        out: parquet of the answers, schema `train.tasks.answering.ANSWERS`.
        params: the section.

    Returns:
        Figures of the task's measure: the model's own as `found`, and those of what learns from no
        picture, see `train.tasks.baselines`. An example whose picture has no regions counts as
        answered wrongly.
    """
    from train.model import load as load_model
    from train.objectives import needs
    from train.tasks import answering, baselines
    from train.tasks.corpus import load
    from train.text import Words

    network, words = load_model(model).to(machine.device()), Words(model)
    plan = network.plan
    size = (plan.text_tokens, plan.regions, needs(plan.objectives), plan.pixels)
    corpus = load(task, labels, params.split, words, *size)
    cast = machine.autocast(machine.device(), params.precision)
    asked, training = examples.read(task, params.split), examples.read(task, "train")
    answers = answering.answered(network, corpus, words, params.batch, cast, params.writing)
    measure = plugin.load(METRICS, plugin.load(FORMATS, examples.kind(task)).METRIC).measure
    beside = {
        "blind": baselines.blind(training, asked),
        "commonest": baselines.commonest(training, asked),
        "by_lot": baselines.by_lot(training, asked, corpus.regions),
    }
    if near := baselines.nearest(training, asked, labels):
        beside["nearest"] = near
    tables.write(answering.as_table(answers, asked, beside), out, "example")
    told = {"found": answers, **beside}
    return {
        "model": network.name,
        "split": params.split,
        "examples": asked.num_rows,
        "without_regions": corpus.dropped,
        **{name: measure(asked, answering.as_table(one, asked)) for name, one in told.items()},
    }


if __name__ == "__main__":
    run("train.evaluate_task", section="evaluate_task")
