"""The gradients that each process's batches leave in; their sum over all batches of a step out.

They are added in the order of the step's batches, as one process would add them, so that the sum
is the same to the bit on however many processes. Of the flattened gradients each process adds its
own section: after every batch it is sent the others' gradients of that section (all-to-all), and
at the end of the step it sends out the sum (all-gather). For k batches on a process this is (k+1)/2
times the traffic of one all-reduce in a step, whose order of adding differs with their number.
"""

import torch
from torch import Tensor, distributed, nn

from train.ranks import Ranks
from train.sharding import is_sharded


class Gradients:
    """Sums the gradients of one step.

    Args:
        model: whose weights' `.grad` are read after each batch, and hold the sum at the end.
        ranks: the processes that share the step; of sharded weights they have summed them already.
    """

    def __init__(self, model: nn.Module, ranks: Ranks) -> None:
        self._ranks = ranks
        learnt = [weight for weight in model.parameters() if weight.requires_grad]
        self._weights = [weight for weight in learnt if not is_sharded(weight)]
        self._apart = ranks.number > 1 and bool(self._weights)
        self._sum: Tensor | None = None  # of this process's section, `(S,)`
        self._there = torch.zeros(len(self._weights), dtype=torch.int32)

    def add(self) -> None:
        """Take the gradients of a batch; all processes call it equally often."""
        if not self._apart:
            return  # they add up where they are
        number = self._ranks.number
        self._there |= torch.tensor([w.grad is not None for w in self._weights], dtype=torch.int32)
        flat = torch.cat([_or_zero(weight).flatten() for weight in self._weights])
        flat = nn.functional.pad(flat, (0, -len(flat) % number))
        received = torch.empty_like(flat)
        distributed.all_to_all_single(received, flat)
        for section in received.view(number, -1):
            self._sum = section.clone() if self._sum is None else self._sum.add_(section)
        for weight in self._weights:
            weight.grad = None

    def finish(self) -> None:
        """Leave the sum of all batches' gradients on the weights of every process.

        A weight that no batch of any process touched keeps no gradient, as it would alone.
        """
        if self._sum is None:
            return
        flat = self._sum.new_empty(len(self._sum) * self._ranks.number)
        distributed.all_gather_into_tensor(flat, self._sum)
        there = self._there.to(flat.device)
        distributed.all_reduce(there, distributed.ReduceOp.MAX)
        sizes = [weight.numel() for weight in self._weights]
        parts = flat[: sum(sizes)].split(sizes)
        for weight, part, touched in zip(self._weights, parts, there.tolist(), strict=True):
            if touched:
                weight.grad = part.view_as(weight)
        self._sum = None


def _or_zero(weight: nn.Parameter) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad
