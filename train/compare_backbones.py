"""One model by one way of taking pictures in; what it reached and cost, the picture too, out.

Every way is the same language model, tasks, pairs and budget, from the same seeds; what differs is
what it sees: regions whose features are given, patches, or the cells of a convolutional network
that learns with it or stays as it is (section `compare_backbones`, `ways`). Pictures are never
free: beside the answer stands what one that was never seen takes before the model may be asked.
For regions, which a maker finds and a tower describes, `align/label_backbone.py` measures it with
the regions of each way; for pixels it is measured here.

`train/comparison.py` puts the figures of all runs side by side.
"""

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage import timing
from curate.stage.params import parameters
from curate.stage.run import run
from train import compare
from train.compare import CompareParams, Plans
from train.evaluate import EvaluateParams
from train.ranges import Number

if TYPE_CHECKING:
    from train.plan import Plan


@parameters
class Way:
    """How pictures are taken in, beyond what all have alike."""

    change: dict[str, Any] = field(default_factory=dict)  # fields of the plan
    objectives: dict[str, dict[str, Any] | None] = field(default_factory=dict)  # tasks' parameters
    backbone: str | None = None  # file of weights that its network begins with, as in a run


@parameters
class BackbonesParams:
    """The conditions of a comparison of ways to take pictures in."""

    model: str = "imagebert"  # file of train/models/
    size: str = "tiny"
    all: Plans = field(default_factory=Plans)  # of every way
    pretrain: dict[str, Any]  # budget and schedule, as in section pretrain, without model and seed
    evaluate: EvaluateParams = field(default_factory=EvaluateParams)
    answers: Number = 300  # that are timed, each of one pair
    pictures: Number = 100  # that are timed, where pixels are read
    ways: dict[str, Way]


def main(
    way: str,
    seed: int,
    snapshot: Path,
    labels: Path,
    filter_network: Path,
    out: Path,
    log: Path,
    params: BackbonesParams,
    labels_made: Path | None = None,
    made: Path | None = None,
    scores: Path | None = None,
    scores_made: Path | None = None,
    split: Path | None = None,
) -> dict[str, Any]:
    """Pretrain and measure a model that takes pictures in by one way, a key of `params.ways`.

    Returns:
        What `train.compare.main` does, with the way as `condition`, and where pixels are read
        `picture`: CPU time of what comes before an answer about a picture that was never seen.

    Raises:
        ParamsError: there is no such way.
    """
    conditions = of_way(way, params)
    places = (snapshot, labels, filter_network, out, log)
    further = (labels_made, made, scores, scores_made, split)
    found = compare.main(params.model, seed, *places, conditions, *further)
    del found["model"]
    from train.model import like

    plan = like(out).plan
    found = {"condition": way, **found, "visual": sight(plan)}
    if plan.pixels:
        found["picture"] = of_pictures(snapshot, plan.pixels, params.pictures)
    return found


def of_way(way: str, params: BackbonesParams) -> CompareParams:
    """The conditions of one way.

    Raises:
        ParamsError: there is none of that name.
    """
    if way not in params.ways:
        raise ParamsError(
            f"backbones.models: no way {way!r} under compare_backbones.ways (known: "
            f"{', '.join(params.ways)})"
        )
    own = params.ways[way]
    return CompareParams(
        size=params.size,
        all=params.all,
        own={params.model: Plans(change=own.change, objectives=own.objectives)},
        pretrain={**params.pretrain, "backbone": own.backbone},
        evaluate=params.evaluate,
        answers=params.answers,
    )


def sight(plan: "Plan") -> str:
    """How pictures are taken in, in words."""
    if plan.visual == "grid":
        return f"grid of {plan.backbone}, {'frozen' if plan.frozen else 'trained'}"
    return "patches, trained" if plan.pixels else "regions"


def of_pictures(snapshot: Path, side: int, number: int) -> dict[str, float]:
    """CPU time of decoding a picture and squeezing it to a square, median and 99 of 100."""
    from train.encoded import COLUMNS
    from train.pictures import Pictures

    rows = tables.read(snapshot / record.MANIFEST_FILE, ("image", *COLUMNS))
    names = rows.column("image").unique().sort()[:number]
    pictures = Pictures(rows, names, side)
    return timing.of_answers(pictures.read, list(np.arange(len(names))[:, None]))


if __name__ == "__main__":
    run("train.compare_backbones", section="compare_backbones")
