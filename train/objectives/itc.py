"""Image-text contrast: among a batch's pictures each caption finds its own, and the reverse.

Caption and picture are embedded without sight of each other, projected and compared by cosine; the
loss is cross-entropy in both directions with a learnt temperature (CLIP, Radford et al., 2021).
Several captions of one picture are all right answers; a picture that was made from the caption's
own, or the other way round, is neither right nor wrong and left out. Where a step has several
batches, each caption is set against the pictures of all of them (`train/contrast.py`).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train.batch import Batch
from train.notes.belongs import matrix
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Above0, Least0
from train.text import Words

FIGURE = "accuracy"
ALONE = True  # it reads the states that each side has without the other
PARTED = True  # and none that it has with it


@parameters
class Params:
    """Image-text contrast."""

    weight: Least0 = 1.0  # factor of the loss
    start: Above0 = 0.07  # temperature at first
    least: Above0 = 0.01  # temperature; CLIP's, ALBEF has 0.001
    most: Above0 | None = None  # temperature; CLIP has none, ALBEF 0.5


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """Which captions belong to which pictures."""
    return ("belongs",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B, B)`: 1 where caption and picture belong together, 0 where not, -1 unclear.

    A caption none of whose pictures is in the batch, or a picture none of whose captions is,
    does not count.
    """
    belongs = matrix(batch.notes["said"], batch.notes["shown"])
    batch.targets["itc"] = belongs
    batch.counts["itc"] = counted(belongs, slice(None))


def counted(belongs: Tensor, rows: slice) -> int:
    """How many of some captions, and of the pictures in the same rows, have one to find."""
    own = belongs == 1
    return int(own.any(1)[rows].sum()) + int(own.any(0)[rows].sum())


def by_lot(batch: Batch) -> float:
    """How many find an own one by lot among all that may be wrong or right, in both directions."""
    belongs = batch.targets["itc"]
    return lots(belongs) + lots(belongs.T)


def lots(belongs: Tensor) -> float:
    """How many rows find an own column by lot, given targets as `prepare` has them."""
    own, among = (belongs == 1).sum(1), (belongs >= 0).sum(1).clamp(min=1)
    return float((own / among).sum())


class Head(nn.Module):
    """A projection of each side to the joint space, and the temperature."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.params = given = build(Params, plan.objectives.get("itc", {}), "objectives.itc")
        if given.most is not None and given.least > given.most:
            raise ParamsError(
                f"objectives.itc: the temperature cannot be at least {given.least} and at most "
                f"{given.most}"
            )
        project = not plan.towers  # which end with a projection of their own
        self.text = nn.Linear(plan.width, plan.width) if project else nn.Identity()
        self.vision = nn.Linear(plan.vision_width, plan.width) if project else nn.Identity()
        self.scale = nn.Parameter(torch.tensor([-math.log(self.params.start)]))

    def vectors(self, alone: tuple[Tensor, Tensor], shown: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors of captions and of pictures in the joint space, `(B, D)` each.

        A caption is its [CLS], a picture the mean of its regions or patches.

        Args:
            alone: states of words and of pictures without each other, see `States`.
            shown: which regions or patches are there, `(B, N)` bool.
        """
        text, vision = alone
        there = shown[..., None]
        picture = (vision * there).sum(1) / there.sum(1).clamp(min=1)
        sides = self.text(text[:, 0]).float(), self.vision(picture).float()
        captions, pictures = (F.normalize(side, dim=-1) for side in sides)
        return captions, pictures

    def factor(self) -> Tensor:
        """What cosines are multiplied by: one over the temperature, which is kept in its bounds."""
        with torch.no_grad():
            hottest = -math.inf if self.params.most is None else -math.log(self.params.most)
            self.scale.clamp_(hottest, -math.log(self.params.least))
        return self.scale.exp()

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy of both directions, and number that find an own one first.

        With the vectors of the whole step, the gradient of the vectors is that of the whole
        step's loss, of which each batch counts its own rows. A pair's losses are those of its
        caption and of its picture, where these have something to find.
        """
        if states.alone is None:
            raise ValueError("image-text contrast needs the states of each side alone")
        captions, pictures = self.vectors(states.alone, states.shown)
        factor, rows = self.factor(), slice(0, len(captions))
        if "step_captions" in batch.notes:
            first, batches = batch.notes["step_place"].tolist()
            rows = slice(first, first + len(captions))
            captions = _placed(batch.notes["step_captions"], captions, rows)
            pictures = _placed(batch.notes["step_pictures"], pictures, rows)
            # every batch has the whole loss, and so the whole gradient of the factor
            factor = factor.detach() + (factor - factor.detach()) / batches
        logits, belongs = captions @ pictures.T * factor, batch.targets["itc"]
        ways = (found(logits, belongs), found(logits.T, belongs.T))
        own = [(losses[rows].sum(), right[rows].sum()) for losses, right in ways]
        loss, whole = own[0][0] + own[1][0], ways[0][0].sum() + ways[1][0].sum()
        wanted = torch.stack([(belongs == 1).any(1), (belongs == 1).any(0)], 1)[rows]
        told = by_pair(torch.stack([ways[0][0], ways[1][0]], 1)[rows][wanted], wanted)
        return Score(loss.detach() + (whole - whole.detach()), own[0][1] + own[1][1], told)


def _placed(whole: Tensor, own: Tensor, rows: slice) -> Tensor:
    """The whole step's vectors, of which a batch's own have a gradient."""
    return torch.cat([whole[: rows.start], own, whole[rows.stop :]])


def found(logits: Tensor, belongs: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of each row, 0 where it has no own column, and whether its best is an own one."""
    counting = (belongs == 1).any(1)
    logits = logits.masked_fill(belongs < 0, -torch.inf)
    own = logits.masked_fill((belongs != 1) & counting[:, None], -torch.inf).logsumexp(1)
    losses = torch.where(counting, logits.logsumexp(1) - own, 0.0)
    best = belongs.gather(1, logits.argmax(1, keepdim=True)).squeeze(1)
    return losses, (best == 1) & counting
