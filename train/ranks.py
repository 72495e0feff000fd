"""Processes that train one model together: what `torchrun` started in, sums over them out.

The batches of a step are shared out: of `accumulate` batches, rank r of W takes batch r, r + W and
so on, whole. So masks, dropout and negatives of each are what one process would have drawn, and a
step's losses differ at most by the order in which gradients are added; with as many batches as
ranks, and two of them, not at all. Gradients are added once in a step, after its last batch, in one
flat tensor: a task that has no target on one rank (its gradients are missing there) needs no care.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn

from curate.dataset.errors import ParamsError


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together.

    Attributes:
        rank: of this process, from 0; the first alone writes checkpoints and results.
        number: of processes.
    """

    rank: int = 0
    number: int = 1

    def share(self, batches: int) -> range:
        """Which of a step's batches are this process's.

        Raises:
            ParamsError: they cannot be shared out evenly.
        """
        if batches % self.number:
            raise ParamsError(
                f"a step of {batches} batches (`accumulate`) cannot be shared by {self.number} "
                f"processes; set `accumulate` to a multiple of {self.number}"
            )
        return range(self.rank, batches, self.number)

    def total(self, values: Sequence[float], device: torch.device) -> list[float]:
        """The sums of some numbers over all processes, in float64."""
        if self.number == 1:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.all_reduce(sums)
        return [float(value) for value in sums.tolist()]

    def add_gradients(self, model: nn.Module) -> None:
        """Give every process the sum of all processes' gradients.

        A weight that has none on any process, of a task that the step has not, keeps none: the
        optimizer leaves it as it is, as that of one process does.
        """
        if self.number == 1:
            return
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        there = torch.tensor([weight.grad is not None for weight in weights], dtype=torch.int32)
        there = there.to(weights[0].device)
        distributed.all_reduce(there, op=distributed.ReduceOp.MAX)
        for weight, wanted in zip(weights, there.tolist(), strict=True):
            if wanted and weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        for gradient, part in zip(
            gradients, flat.split([g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(part.view_as(gradient))

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.number > 1:
            distributed.barrier()


ALONE = Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """The processes that `torchrun` started, joined by NCCL or, without a GPU, by gloo.

    `torchrun --nproc-per-node 2 -m -- train.pretrain --name ...`: the second dash-dash keeps
    `--log` from torchrun, which has such flags of its own. Without `torchrun` this process is
    alone, and nothing is set up.
    """
    number = int(os.environ.get("WORLD_SIZE", "1"))
    if number == 1:
        yield ALONE
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Ranks(distributed.get_rank(), number)
    finally:
        distributed.destroy_process_group()
