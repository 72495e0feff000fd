"""What tasks on hidden regions share: parameters in, hidden regions and the heads' layer out."""

from typing import Any, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage import plugin
from curate.stage.params import build, parameters
from train import masking
from train.batch import Batch
from train.encoder import EPSILON
from train.fitting import PIXELS
from train.plan import Plan
from train.ranges import Least0, Share

TASKS = "train.objectives"


@parameters
class RegionParams:
    """A task on hidden regions; tasks of one rate, overlap and force hide the same."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.15  # share of the regions that is chosen, 0-1
    kept: Share = 0.1  # share of the chosen whose feature stays, 0-1
    random: Share = 0.0  # share of the chosen that gets another picture's feature, 0-1
    overlap: Share | None = None  # IoU from which regions are chosen together; null: each alone
    forced: bool = False  # whether a picture of which nothing is chosen gets any one region hidden
    mismatched: bool = False  # whether pairs that do not match count, too
    over: Literal["masked", "all"] = "masked"  # the regions that the loss is a mean over
    shared: bool = False  # whether its layer before what it predicts is that of others that share


def hide(batch: Batch, params: RegionParams, *purpose: int | str) -> tuple[Tensor, Tensor, Tensor]:
    """Choose and hide regions of a batch.

    Returns:
        those that the loss is a mean over, those of all that are chosen, and those of these whose
        feature did not stay, each `(B, R)` bool.
    """
    chosen = masking.choose_regions(
        batch, params.rate, params.overlap, *purpose, forced=params.forced
    )
    changed = masking.hide_regions(
        batch, chosen, params.kept, "regions", *purpose, random=params.random
    )
    over = chosen if params.over == "masked" else batch.regions
    return over & masking.counted(batch, params.mismatched)[:, None], chosen, changed


class Transform(nn.Module):
    """BERT's layer before it predicts: dense, GELU, layer norm.

    Args:
        width: of the hidden states.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, EPSILON)

    def forward(self, hidden: Tensor) -> Tensor:
        """Hidden states `(..., D)` to `(..., D)`."""
        return self.norm(F.gelu(self.dense(hidden)))


def transform(width: int, deep: bool) -> nn.Module:
    """That layer, or, where a head is not deep, none."""
    return Transform(width) if deep else nn.Identity()


def share(plan: Plan, heads: nn.ModuleDict) -> None:
    """Let heads that share a layer before what they predict have that of the first (LXMERT's code).

    Raises:
        ParamsError: a head that is to share has no such layer, or one of another width.
    """
    layers: list[Any] = []
    for task, params in _hiding(plan).items():
        if not params.shared:
            continue
        layer: Any = getattr(heads[task], "transform", heads[task])
        if not hasattr(layer, "dense"):
            raise ParamsError(
                f"objectives.{task}: shared: true needs a layer to share; set `deep: true`"
            )
        layers.append(layer)
    for layer in layers[1:]:
        if layer.dense.weight.shape != layers[0].dense.weight.shape:
            raise ParamsError(
                f"objectives: shared: true needs words as wide as regions, and these are "
                f"{plan.width} and {plan.vision_width} wide; leave shared out"
            )
        layer.dense, layer.norm = layers[0].dense, layers[0].norm


def _hiding(plan: Plan) -> dict[str, RegionParams]:
    """The tasks on hidden regions of a plan, with their parameters."""
    return {
        task: build(of, values, f"objectives.{task}")
        for task, values in plan.objectives.items()
        if issubclass(of := plugin.load(TASKS, task).Params, RegionParams)
    }


def check(plan: Plan) -> None:
    """Refuse tasks on hidden regions that what reads pixels cannot have.

    Raises:
        ParamsError: says which, and what to change.
    """
    hiding = _hiding(plan) if plan.visual in PIXELS else {}
    if hiding and not plan.hide_pixels:
        raise ParamsError(
            f"visual: {plan.visual} shows what {', '.join(hiding)} would predict; leave that out "
            f"(`objectives: {{{', '.join(f'{task}: null' for task in hiding)}}}`) or zero the "
            "pixels of hidden regions (`change: {hide_pixels: true}`)"
        )
    if hiding and plan.sampled:
        raise ParamsError(
            f"sampled: {plan.sampled} leaves out cells that {', '.join(hiding)} would predict "
            "regions by; set `sampled: 0` or leave the tasks out"
        )
    for task, params in hiding.items():
        if params.random or getattr(params, "tied", False):
            raise ParamsError(
                f"objectives.{task}: visual: {plan.visual} has no features of regions to be "
                "another's or a projection of; set `random: 0.0` and, where it is there, "
                "`tied: false`"
            )
