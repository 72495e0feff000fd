"""A model as it stood at some steps and batches in; what groups of pairs did to another loss, out.

TracIn (Pruthi et al., 2020): a step along a batch's gradient lowers the loss of held-out pairs by
about rate x (its gradient · theirs), so the sum of that over the states of a run tells what the
run had of the batch. A loss by contrast is of a batch and not of a pair: pairs are wrong answers
to one another. So a group's gradient is what it does to that of a batch: of each batch there are
two, alike but for a share of their pairs, which in the one are of the group and in the other by lot
of all. Their difference, over that share, is the gradient of the group less that of all pairs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

Loss = Callable[[], Tensor]
"""Computes the loss of one batch on the model that is asked about."""
_LEAST = 1e-8  # beside the root of a mean square


class Traced(NamedTuple):
    """What a group does to the held-out loss at one state; above 0 it lowers it.

    Attributes:
        influence: rate x dot product with the held-out gradient: the fall of the held-out loss by
            a step on the group's pairs beyond that by one on all pairs.
        adaptive: the same with the held-out gradient over the root mean square of what batches'
            gradients are, as Adam takes it (Xia et al., 2024, LESS).
        cosine: of the two gradients.
    """

    influence: float
    adaptive: float
    cosine: float


def gradient(loss: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """The gradient of a loss by some weights, flat; 0 where it does not depend on them, `(D,)`."""
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    each = zip(found, weights, strict=True)
    return torch.cat([(torch.zeros_like(w) if g is None else g).flatten() for g, w in each])


def traced(
    model: nn.Module,
    rate: float,
    held_out: Sequence[Loss],
    usual: Sequence[Loss],
    groups: Mapping[str, Sequence[Loss]],
    share: float,
) -> dict[str, Traced]:
    """What groups do at one state of a run.

    Args:
        model: as it stood then; its weights get no `.grad`.
        rate: learning rate of the step that came next.
        held_out: losses of held-out batches, whose mean is to fall.
        usual: losses of batches of all pairs.
        groups: of each group as many, in the same order, that differ from these by its pairs.
        share: of a batch that is of the group, above 0, up to 1.

    Returns:
        Of each group what it does.

    Raises:
        ValueError: a group has not a batch for each usual one.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    towards = torch.stack([gradient(loss(), weights) for loss in held_out]).mean(0)
    common = [gradient(loss(), weights) for loss in usual]
    square, number = torch.stack([one.square() for one in common]).sum(0), len(common)
    apart = {}
    for name, losses in groups.items():
        total = torch.zeros_like(towards)
        for loss, beside in zip(losses, common, strict=True):
            own = gradient(loss(), weights)
            square, number = square + own.square(), number + 1
            total += own - beside
        apart[name] = total / (len(common) * share)
    scaled = towards / ((square / number).sqrt() + _LEAST)
    return {
        name: Traced(
            influence=rate * float(own @ towards),
            adaptive=rate * float(own @ scaled),
            cosine=float(nn.functional.cosine_similarity(own, towards, 0)),
        )
        for name, own in apart.items()
    }
