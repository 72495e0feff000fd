"""A fine-tuned model and its task in; what it answers on the test split, and how well, out."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from curate.dataset import tables
from curate.stage import machine, plugin
from curate.stage.params import parameters
from curate.stage.run import run
from train import costs
from train.params import Writing
from train.ranges import Count, Number
from train.tasks import examples

if TYPE_CHECKING:
    from train.corpus import Corpus
    from train.model import Model
    from train.tasks.searched import Ways
    from train.text import Words

FORMATS, METRICS = "train.tasks.formats", "train.tasks.metrics"


@parameters
class EvaluateTaskParams:
    """How a fine-tuned model is measured."""

    split: str = "test"  # of the task
    batch: Number = 256  # examples in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products
    candidates: Count = 1000  # pictures at most that captions look for, as COCO's 1K; 0: all
    rerank: Number = 32  # of a dual encoder's first, how many the matching head looks at again
    writing: Writing = field(default_factory=Writing)  # how texts are written
    answers: Count = 0  # that are timed, each of one example or pair; 0: none is


def main(
    model: Path,
    task: Path,
    labels: Path,
    out: Path,
    params: EvaluateTaskParams,
    before: Path | None = None,
) -> dict[str, Any]:
    """Let a model answer a split that it never saw, and measure it as the task officially is.

    Args:
        model: folder that `train.finetune` wrote.
        task: folder that `train.task_set` wrote.
        labels: folder of the labelers' tables of its pictures.
        out: parquet of the answers, schema `train.tasks.answering.ANSWERS`, or of what was found,
            `train.tasks.searched.FOUND`.
        params: the section.
        before: folder of the model that it began with, which is measured beside it where captions
            and pictures find each other, as a pretrained model can.

    Returns:
        Figures of the task's measure: the model's own as `found`, and those of who does not learn
        from pictures, see `train.tasks.baselines`; of these `nearest` looks at them. An example
        whose picture has no regions counts as answered wrongly. Where captions and pictures find
        each other, recalls by language, each beside its chance, see `train.tasks.searched`; those
        of the model `before` under its name, and of `train.tasks.by_words` as `nearest`.
        Where answers are timed, what one costs as `answer`, see `train.costs`.
    """
    from train.model import load as load_model
    from train.objectives import needs
    from train.tasks import answering, baselines, by_words
    from train.tasks.corpus import load
    from train.text import Words

    network, words = load_model(model).to(machine.device()), Words(model)
    plan = network.plan
    size = (plan.text_tokens, plan.regions, needs(plan.objectives), plan.pixels)
    corpus = load(task, labels, params.split, words, *size)
    cast = machine.autocast(machine.device(), params.precision)
    asked = examples.read(task, params.split)
    figures = {
        "model": network.name,
        "task": task.name,
        "split": params.split,
        "examples": asked.num_rows,
        "without_regions": corpus.dropped,
    }
    metric = plugin.load(FORMATS, examples.kind(task)).METRIC
    training = examples.read(task, "train")
    if params.answers:
        figures["answer"] = _answer(model, corpus, words, params, metric is None)
    if metric is None:
        models = {"found": network}
        if before is not None and (untaught := load_model(before)).compares:
            models["before"] = untaught.to(machine.device())
        others = {"nearest": by_words.ways(training, corpus, labels)}
        return figures | _searched(models, others, corpus, words, params, cast, out)
    answers = answering.answered(network, corpus, words, params.batch, cast, params.writing)
    beside = {
        "blind": baselines.blind(training, asked),
        "commonest": baselines.commonest(training, asked),
        "by_lot": baselines.by_lot(training, asked, corpus.regions),
    }
    if near := baselines.nearest(training, asked, labels):
        beside["nearest"] = near
    tables.write(answering.as_table(answers, asked, beside), out, "example")
    told = {"found": answers, **beside}
    measure = plugin.load(METRICS, metric).measure
    by_name = {name: measure(asked, answering.as_table(one, asked)) for name, one in told.items()}
    return figures | by_name


def _answer(
    model: Path, corpus: "Corpus", words: "Words", params: EvaluateTaskParams, searched: bool
) -> dict[str, float]:
    """What an answer costs: of an example, or whether a caption and a picture belong together."""
    import numpy as np

    from train.batch import collate
    from train.model import like
    from train.tasks import answering

    rows = np.resize(np.arange(len(corpus)), params.answers)[:, None]
    if searched:
        right = np.ones(1, bool)
        return costs.of_answers(model, [collate(corpus, one, one, right, words) for one in rows])
    asked = answering.asked(like(model).plan, corpus, words, list(rows))
    return costs.of_answers(model, list(asked), params.writing)


def _searched(
    models: Mapping[str, "Model"],
    others: Mapping[str, "Ways"],
    corpus: "Corpus",
    words: "Words",
    params: EvaluateTaskParams,
    cast: AbstractContextManager[Any],
    out: Path,
) -> dict[str, Any]:
    """Recalls of models, of others and of an order by lot; what the first finds is written."""
    from train.tasks import retrieval, searched

    asked = retrieval.Asked(params.candidates, params.rerank, params.batch)
    ways = {n: searched.by_model(m, corpus, words, asked, cast) for n, m in models.items()}
    every = {**ways, **others}
    found = {n: searched.measured(corpus, asked.candidates, own) for n, own in every.items()}
    figures, table = next(iter(found.values()))
    tables.write(table, out, searched.KEY)
    by_lot = {"mean_recall": figures["mean_chance"]}
    return {name: own for name, (own, _) in found.items()} | {"by_lot": by_lot}


if __name__ == "__main__":
    run("train.evaluate_task", section="evaluate_task")
