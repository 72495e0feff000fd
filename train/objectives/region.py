"""Finding the region that an expression refers to, in fine-tuning: RefCOCO's, and phrases.

Each region's hidden state has one logit. A region is right where its intersection over union with a
right box is at least a half (Yu et al., 2016). Logits are learnt by binary cross-entropy, each
region for itself (ViLBERT), or by softmax over the picture's regions (UNITER). What is found is
one of the regions that the picture's labels have: where none of them is right, nothing is learnt of
the example by softmax, and its answer is wrong.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train.batch import Batch
from train.corpus import Corpus
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.tasks.metrics._overlap import SAME
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Finding the region that an expression refers to."""

    weight: float = 1.0  # factor of the loss
    loss: Literal["binary", "softmax"] = "binary"


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """How right each region is."""
    return ("right_regions",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Every example is asked; the targets are the right regions, `(B, R)` bool."""
    batch.targets["region"] = batch.notes["right_regions"] >= SAME
    batch.counts["region"] = len(batch.keys)


def by_lot(batch: Batch) -> float:
    """What choosing any region gets right."""
    number = batch.regions.sum(1).clamp(min=1)
    return float((batch.targets["region"].sum(1) / number).sum())


def told(
    logits: np.ndarray,
    corpus: Corpus,
    rows: np.ndarray,
    sizes: Sizes,  # noqa: ARG001
) -> list[np.ndarray]:
    """Boxes of the regions of some rows of a corpus, the likeliest first, by their logits."""
    order = np.argsort(-logits, 1, kind="stable")
    images = corpus.image[rows]
    return [
        corpus.regions.boxes[image, places[corpus.regions.present[image, places]]]
        for image, places in zip(images, order, strict=True)
    ]


class Head(nn.Module):
    """One logit from each region's hidden state."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self._softmax = plan.objectives["region"].get("loss", Params.loss) == "softmax"
        self.choose = nn.Linear(plan.vision_width, 1)

    def logits(self, states: States, batch: Batch) -> Tensor:
        """Of each region, `(B, R)` float32; -inf where there is none."""
        found = self.choose(states.vision).squeeze(-1).float()
        return found.masked_fill(~batch.regions, -torch.inf)

    def forward(self, states: States, batch: Batch) -> Score:
        """Loss to the right regions, and number of examples whose likeliest region is right."""
        logits, wanted = self.logits(states, batch), batch.targets["region"]
        if self._softmax:
            chances = F.log_softmax(logits, 1).masked_fill(~batch.regions, 0.0)
            losses = -(chances * wanted).sum(1) / wanted.sum(1).clamp(min=1)
        else:
            each = F.binary_cross_entropy_with_logits(
                logits.masked_fill(~batch.regions, 0.0), wanted.float(), reduction="none"
            )
            losses = (each * batch.regions).sum(1)
        right = wanted.gather(1, logits.argmax(1, keepdim=True)).squeeze(1)
        return Score(losses.sum(), right.sum(), by_pair(losses, torch.ones_like(right)))
