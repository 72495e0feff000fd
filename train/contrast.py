"""A step's batches in; each knows the captions and pictures of all the others, out.

Contrast with a whole step's pictures, however many batches and processes it is made of, needs
all their vectors at once, but not all their activations (Gao et al., 2021: GradCache; open_clip's
`accum_freq`). The vectors are first computed without gradients. Then each batch is computed again
with gradients, its own vectors put in the place of those kept: the sum over the batches of what
flows back is the gradient of the one large batch. Dropout is the same both times, since its seed is
the batch's and the vectors are the first thing that a model computes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from train.batch import Batch
from train.model import Model
from train.notes.belongs import matrix
from train.objectives.itc import counted
from train.ranks import Ranks

TASK = "itc"
_MARKS = ("said", "shown")


@torch.no_grad()
def join(
    model: Model,
    parts: Sequence[tuple[int, Batch]],
    ranks: Ranks,
    cast: AbstractContextManager[Any],
    seed: Callable[[int], None],
) -> None:
    """Set the targets and notes by which each batch is contrasted with the whole step.

    A step of one batch, or one without contrast, is left as it is.

    Args:
        model: whose vectors are compared.
        parts: this process's batches, with their numbers in the step; are changed.
        ranks: the processes that share the step.
        cast: context in which the model runs.
        seed: sets the seed of dropout, given a batch's number.
    """
    batches = [batch for _, batch in parts]
    number = len(batches) * ranks.number
    if number == 1 or not all(TASK in batch.targets for batch in batches):
        return
    device = next(model.parameters()).device
    found: list[tuple[Tensor, Tensor]] = []
    for at, batch in parts:
        seed(at)
        with cast:
            found.append(model.vectors(batch.to(device)))
    captions, pictures = (ranks.by_batch(side) for side in zip(*found, strict=True))
    said, shown = (ranks.by_batch([b.notes[name].to(device) for b in batches]) for name in _MARKS)
    belongs = matrix(torch.cat(said), torch.cat(shown))
    starts = torch.tensor([0, *map(len, captions)]).cumsum(0).tolist()
    for at, batch in parts:
        rows = slice(starts[at], starts[at + 1])
        batch.targets[TASK] = belongs
        batch.counts[TASK] = counted(belongs, rows)
        batch.notes["step_captions"] = torch.cat(captions)
        batch.notes["step_pictures"] = torch.cat(pictures)
        batch.notes["step_place"] = torch.tensor([rows.start, number])
