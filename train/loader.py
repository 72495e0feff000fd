"""Wanted items in; what a function makes of each out, in their order, made ahead by processes.

The trainer's batches are made so, that no step waits for pictures to be read or words to be masked.
What makes a batch draws nothing but by (seed, purpose, epoch, uid), so a run's batches are the same
to the bit with any number of workers, also when it goes on from a checkpoint. Workers are forked:
they share the corpus with this process, and hand tensors back in shared memory (`/dev/shm`). They
end with this process, however it ends.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import torch
from torch.utils.data import DataLoader, Dataset

from curate.dataset.errors import PairwrightError, ParamsError

Item = TypeVar("Item")
Made = TypeVar("Made")
AHEAD = 2  # items that each worker may have begun or done before they are asked for


class _Making(Dataset[Any]):
    """A function as a data set whose indices are what the function takes."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __getitem__(self, item: Any) -> Any:
        try:
            return self._function(item)
        except PairwrightError as error:  # raised where it is asked for, in the words it came in
            return error


def ahead(function: Callable[[Item], Made], items: Iterable[Item], workers: int) -> Iterator[Made]:
    """Yield `function(item)` for each item, in their order.

    Args:
        function: runs in the workers; what is open on one place only (a file's position, a
            connection) it must open there.
        items: taken by this process, no more than `AHEAD` for each worker before they are due.
        workers: processes; 0: each item is made when it is asked for, in this process.

    Yields:
        What was made. Where there is a GPU, tensors lie in pinned memory (by `pin_memory` of what
        was made, if it has one): they are copied while the GPU computes.

    Raises:
        ParamsError: fewer workers than none.
        PairwrightError: what the function raised, when its item's turn comes.
    """
    if workers < 0:
        raise ParamsError(f"workers {workers}: 0 or the number of processes that make batches")
    loader: DataLoader[Any] = DataLoader(
        _Making(function),
        batch_size=None,  # an item is a whole batch already
        sampler=cast(Any, items),
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        multiprocessing_context="fork" if workers else None,
        collate_fn=_as_it_is,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # else it draws from the one that dropout is drawn from
    )
    for made in loader:
        if isinstance(made, PairwrightError):
            raise made
        yield made


def _as_it_is(made: Made) -> Made:
    return made


@contextmanager
def deaths() -> Iterator[None]:
    """A worker's death, wherever in the block it is noticed, as an error that says what to do.

    Raises:
        ParamsError: a worker died.
    """
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise ParamsError(
            f"a process that makes batches died ({str(error).strip()}), as they do where memory or "
            "/dev/shm runs out; set fewer `workers` or a smaller `batch`, and run the same again: "
            "with other workers alone it goes on from its last checkpoint"
        ) from error
