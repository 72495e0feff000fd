"""A model that hears and a snapshot in; how what is said, written and seen is found, out."""

from pathlib import Path
from typing import Any, Literal

from curate.stage import machine
from curate.stage.params import parameters
from curate.stage.run import run
from train.ranges import Number


@parameters
class EvaluateSpeechParams:
    """How a model that hears is measured."""

    split: str = "test"  # of the snapshot
    batch: Number = 64  # triples in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products


def main(
    model: Path, snapshot: Path, labels: Path, split: Path, params: EvaluateSpeechParams
) -> dict[str, Any]:
    """Measure retrieval across senses on triples that a model never saw, heard or read.

    Args:
        model: folder that `train.pretrain` wrote.
        snapshot: folder with `manifest.parquet`.
        labels: folder of the labelers' tables of the pool.
        split: table `record.SPLITS`, by whose groups like pictures count once.
        params: the section.

    Returns:
        Name and split; triples and pictures among which is sought; recalls, see
        `tasks.speech.measure`.
    """
    from train.corpus import load as load_corpus
    from train.model import load
    from train.tasks import speech
    from train.text import Words

    network, words = load(model).to(machine.device()), Words(model)
    plan = network.plan
    places = (snapshot, labels, params.split)
    size = (plan.text_tokens, plan.regions)
    corpus = load_corpus(*places, words, *size, needs=("sound",), pixels=plan.pixels)
    rows = speech.triples(corpus, split)
    cast = machine.autocast(machine.device(), params.precision)
    sides = speech.vectors(network, corpus, rows, words, params.batch, cast)
    image = corpus.image[rows]
    return {
        "model": network.name,
        "split": params.split,
        "triples": len(rows),
        "pictures": len(set(image.tolist())),
        **speech.measure(sides, image, corpus.languages[rows]),
    }


if __name__ == "__main__":
    run("train.evaluate_speech", section="evaluate_speech")
