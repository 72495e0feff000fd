"""A model that has further media and a snapshot in; how they, words and pictures are found, out."""

from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from curate.dataset.errors import EmptySetError, ParamsError
from curate.stage import machine
from curate.stage.params import parameters
from curate.stage.run import run
from train.ranges import Number


@parameters
class EvaluateMediaParams:
    """How a model that has further media is measured."""

    split: str = "test"  # of the snapshot
    batch: Number = 64  # pairs in a batch
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # of matrix products


def main(
    model: Path, snapshot: Path, labels: Path, split: Path, params: EvaluateMediaParams
) -> dict[str, Any]:
    """Measure retrieval across media on pairs that a model never met in any.

    Args:
        model: folder that `train.pretrain` wrote.
        snapshot: folder with `manifest.parquet`.
        labels: folder of the labelers' tables of the pool.
        split: table `record.SPLITS`, by whose groups like pictures count once.
        params: the section.

    Returns:
        Name and split; and by medium, and by each two of them that some pairs have together
        (`sound_video`): captions and pictures among which is sought, and recalls, see
        `tasks.media.measure`.

    Raises:
        EmptySetError: no pair of the split has a medium.
        ParamsError: the model has no medium, or does not compare by it.
    """
    from train.corpus import load as load_corpus
    from train.model import load
    from train.tasks import media
    from train.text import Words

    network, words = load(model).to(machine.device()), Words(model)
    plan, names = network.plan, list(network.media)
    if not names:
        raise ParamsError(
            f"{model} reads words and pictures alone; pretrain it with `change: {{sound: true}}`"
        )
    places = (snapshot, labels, params.split)
    size = (plan.text_tokens, plan.regions)
    corpus = load_corpus(*places, words, *size, needs=names, pixels=plan.pixels)
    cast = machine.autocast(machine.device(), params.precision)
    found: dict[str, Any] = {"model": network.name, "split": params.split}
    for some in (*((name,) for name in names), *combinations(names, 2)):
        rows = media.candidates(corpus, some, split)
        if not len(rows) and len(some) > 1:
            continue  # each lies beside other pictures
        if not len(rows):
            raise EmptySetError(f"no pair of {params.split} in {snapshot} has {some[0]}")
        sides = media.vectors(network, corpus, rows, words, params.batch, cast, some)
        image = corpus.image[rows]
        found["_".join(some)] = {
            "captions": len(rows),
            "pictures": len(set(image.tolist())),
            **media.measure(sides, image, corpus.languages[rows]),
        }
    return found


if __name__ == "__main__":
    run("train.evaluate_media", section="evaluate_media")
