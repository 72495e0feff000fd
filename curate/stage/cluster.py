"""Work over shards on dask: a local cluster of processes, or the one that is named.

`DASK_SCHEDULER_ADDRESS` (e.g. tcp://10.0.0.5:8786) names a running cluster; its workers need
this package and the same file system, since each function runs in the project's folder. Results
come back in the order of the items, so the number and place of the workers never shows in the
output.
"""

import contextlib
import functools
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from curate.dataset.errors import ClusterError

_WORKERS = {
    # bytes; dask's own 64 KiB gives pages back at every picture, and once it is set the other no
    # longer grows by itself: every picture would be mapped anew, page by page
    "MALLOC_TRIM_THRESHOLD_": 2**29,
    "MALLOC_MMAP_THRESHOLD_": 2**25,
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own keeps a heap for each thread
    "OMP_NUM_THREADS": 1,  # there is a process for every core
    "MKL_NUM_THREADS": 1,
    "OPENBLAS_NUM_THREADS": 1,
}

QUIET = {  # how often a process looks at itself; dask's own wake each 50 times a second
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,  # it would look at all threads each 10 ms
}
_ROUNDS = 3  # in which all workers die before any of their work is done, until that is an error

Item = TypeVar("Item")
Result = TypeVar("Result")


def named() -> str | None:
    """Address of the running cluster that is to do the work; None: one of this machine is."""
    return os.environ.get("DASK_SCHEDULER_ADDRESS") or None


@contextlib.contextmanager
def client(threads: int = 1) -> Iterator[Any]:
    """A dask client, closed afterwards; a local cluster has one process per core.

    What is called within uses the same one, so that several rounds of work start one cluster.

    Args:
        threads: tasks that a process of a local cluster works on at once; more than one where they
            wait for others.
    """
    import dask
    from distributed import Client, LocalCluster

    if (outer := _current()) is not None:
        yield outer
        return
    if address := named():
        with Client(address, timeout="30s") as remote:
            yield remote
        return
    with (
        dask.config.set(
            {
                "distributed.comm.timeouts.connect": "60s",
                "distributed.nanny.pre-spawn-environ": _WORKERS,
            }
            | QUIET
        ),
        LocalCluster(
            n_workers=os.cpu_count(),
            threads_per_worker=threads,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="ERROR",
        ) as cluster,
        Client(cluster) as local,
    ):
        yield local


def _current() -> Any:
    """The client within which this is called; None where there is none."""
    from distributed import Client

    try:
        return Client.current()
    except ValueError:
        return None


def map_shards(
    function: Callable[..., Result],
    items: Sequence[Item],
    *args: Any,
    label: str,
    weights: Sequence[int] | None = None,
    unit: str = "shards",
    then: Callable[[Item, Result], Any] | None = None,
) -> list[Any]:
    """`function(item, *args)` for every item, in parallel, with rate and time left.

    Args:
        function: importable by name, since it runs in other processes.
        items: small descriptions of work (paths, row ranges), not the data itself.
        args: further arguments, the same for every item; sent once to each worker.
        label: what the progress line says.
        weights: units of work in each item, for the rate, and for the order: the longest work is
            begun first, so that all workers end together; 1 each where not given.
        unit: what the weights count.
        then: called here with an item and its result as soon as that is there, while others are
            worked on; gives what takes the result's place.

    Returns:
        The results in the order of `items`.

    Raises:
        ClusterError: workers died over the same work again and again.
    """
    if not items:
        return []
    from distributed import CancelledError, KilledWorker

    sizes = list(weights) if weights is not None else [1] * len(items)
    results: dict[int, Any] = {}
    with client() as dask_client, progress(sum(sizes), label, unit) as bar:
        order = sorted(range(len(items)), key=lambda index: -sizes[index])
        left, vain = order, 0
        while left:
            lost = []
            for place, future in _completed(dask_client, function, [items[i] for i in left], args):
                index = left[place]
                try:
                    result = future.result()
                except CancelledError:  # all workers that held the arguments died
                    lost.append(index)
                    continue
                except KilledWorker as error:
                    raise ClusterError(f"{label}: {error}") from error
                future.release()
                results[index] = then(items[index], result) if then else result
                bar.update(sizes[index])
            vain = vain + 1 if len(lost) == len(left) else 0
            if vain == _ROUNDS:
                raise ClusterError(f"{label}: all workers died before any of their work was done")
            left = [index for index in order if index in lost]
    return [results[index] for index in range(len(items))]


def _completed(
    client: Any, function: Callable[..., Any], items: Sequence[Any], args: Sequence[Any]
) -> Iterator[tuple[int, Any]]:
    """Place of each item and its future, in the order in which they are done."""
    from distributed import as_completed

    shared = [client.scatter([arg], broadcast=True, hash=False)[0] for arg in args]
    futures = {
        client.submit(_here, Path.cwd(), function, item, *shared, retries=2, pure=False): place
        for place, item in enumerate(items)
    }
    for future in as_completed(list(futures)):
        yield futures.pop(future), future


def _here(folder: Path, function: Callable[..., Result], item: Any, *args: Any) -> Result:
    """Call a function in the project's folder, wherever the worker was started."""
    if Path.cwd() != folder:
        os.chdir(folder)
    _settled()
    return function(item, *args)


@functools.cache
def _settled() -> None:
    """Once in a process: rubbish is looked for among what its work makes, not among its modules."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def progress(total: int | None, label: str, unit: str) -> "tqdm[Any]":
    """A progress line with rate and time left; a line now and then where no terminal is."""
    interval = 0.5 if os.isatty(2) else 10.0
    return tqdm(total=total, desc=label, unit=f" {unit}", mininterval=interval, dynamic_ncols=True)
