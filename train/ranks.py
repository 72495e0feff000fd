"""Processes that train one model together: what `torchrun` started in, sums over them out.

The batches of a step are shared out: of `accumulate` batches, rank r of W takes batch r, r + W and
so on, whole. So masks, dropout and negatives of each are what one process would have drawn. Losses
and gradients (`train/gradients.py`) are added in the order of the batches, so that a run is the
same to the bit on any number of processes that shares them evenly, also on another than it began.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, distributed

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

    def total_by_batch(
        self, values: Sequence[Sequence[float]], device: torch.device
    ) -> list[float]:
        """The sums of some numbers over all batches of a step, added in the batches' order.

        Args:
            values: the numbers of each of this process's batches, equally many on each process.
            device: where processes exchange them.
        """
        of_all = self.by_batch([torch.tensor(v, dtype=torch.float64).to(device) for v in values])
        summed = np.add.reduce(torch.stack(of_all).cpu().numpy(), axis=0)
        return [float(total) for total in summed]

    def by_batch(self, values: Sequence[Tensor]) -> list[Tensor]:
        """What is known of each batch of a step, in the batches' order.

        Args:
            values: of each of this process's batches, equally many and of one shape where there
                are other processes.
        """
        if self.number == 1:
            return list(values)
        own = torch.stack(list(values))
        gathered = own.new_empty(self.number * len(own), *own.shape[1:])
        distributed.all_gather_into_tensor(gathered, own)
        return list(gathered.unflatten(0, (self.number, -1)).transpose(0, 1).flatten(0, 1))

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.number > 1:
            distributed.barrier()


ALONE = Ranks()


@contextmanager
def together() -> Iterator[Ranks]:
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
