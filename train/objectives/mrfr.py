"""Masked region feature regression: the feature of hidden regions is predicted.

The regions are those that masked object classification chose, where both have one rate; one
whose feature was left is no target, since it could be copied, but in LXMERT's code (`left`). L2 to
the standardised feature, on matched pairs only (ImageBERT's conditional mask), or on all
(`mismatched`). UNITER's head ends in the transposed projection of the regions (`tied`); LXMERT's
code takes the smooth L1 distance (`distance`), as a mean over all regions, of which those not
chosen add nothing (`over: all`), times 1/0.15 (`weight`).
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import build, parameters
from train.batch import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.region_task import RegionParams, hide, transform
from train.text import Words

FIGURE = "cosine"
_DISTANCES = {"l2": F.mse_loss, "smooth_l1": F.smooth_l1_loss}


@parameters
class Params(RegionParams):
    """Masked region feature regression."""

    distance: Literal["l2", "smooth_l1"] = "l2"  # of the two features, a mean of their components
    tied: bool = False  # whether features are made by the transposed projection of the regions
    deep: bool = False  # whether a layer comes before the feature
    left: bool = False  # whether the chosen whose feature stays are targets, too


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` bool say which are to be predicted."""
    over, chosen, changed = hide(batch, params, *purpose)
    batch.targets["mrfr"] = over & (chosen if params.left else changed)
    counted = over if params.over == "all" else batch.targets["mrfr"]
    batch.counts["mrfr"] = int(counted.sum())


class Head(nn.Module):
    """A fully connected layer to the feature's length, with another before it where it is deep."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        params = build(Params, plan.objectives.get("mrfr", {}), "objectives.mrfr")
        self._distance, self._over = _DISTANCES[params.distance], params.over
        self.transform = transform(plan.vision_width, params.deep)
        self.feature: nn.Module | None = None
        if params.tied:
            self.bias = nn.Parameter(torch.zeros(sizes.features))
        else:
            self.feature = nn.Linear(plan.vision_width, sizes.features)

    def predict(self, hidden: Tensor, projection: Tensor) -> Tensor:
        """Hidden states `(n, E)` and the regions' projection `(E, F)` to features `(n, F)`."""
        hidden = self.transform(hidden)
        if self.feature is None:
            return F.linear(hidden, projection.T, self.bias)
        return self.feature(hidden)

    def forward(self, states: States, batch: Batch) -> Score:
        """Distance, averaged over a feature's components, and cosine similarity."""
        wanted = batch.targets["mrfr"]
        guess = self.predict(states.vision[wanted], states.projection).float()
        truth = states.features[wanted].float()
        losses = self._distance(guess, truth, reduction="none").mean(-1)
        cosine = F.cosine_similarity(guess.detach(), truth, dim=-1).sum()
        if self._over == "all":  # the figure stays a mean over the hidden
            cosine = cosine * batch.counts["mrfr"] / max(1, len(guess))
        unseen = None
        if not self.training:  # what is usual, the mean of training regions, is standardised to 0
            mean = torch.zeros_like(truth)
            unseen = self._distance(mean, truth, reduction="none").mean(-1).sum()
        return Score(losses.sum(), cosine, by_pair(losses, wanted), unseen=unseen)
