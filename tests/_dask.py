"""A dask scheduler and worker processes of their own on the loopback."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Cluster(NamedTuple):
    """A running cluster."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2, within: Sequence[str] = ()) -> Iterator[Cluster]:
    """Processes as an administrator starts them, without nannies: what is killed stays dead.

    Args:
        folder: an empty one, which the processes run in.
        workers: how many there are, with one thread each.
        within: start of a worker's command, e.g. a shell that sets a stage for it.
    """
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    common = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": folder,
        "env": os.environ | {"PYTHONPATH": str(ROOT)},
    }
    started = [
        subprocess.Popen(
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
             "--scheduler-file", str(file)],
            **common,
        )
    ]  # fmt: skip
    worker = [*within, *dask, "worker", "--scheduler-file", str(file), "--nthreads", "1",
              "--no-dashboard", "--no-nanny", "--host", "127.0.0.1"]  # fmt: skip
    try:
        started += [subprocess.Popen(worker, **common) for _ in range(workers)]
        from distributed import Client

        with Client(scheduler_file=str(file), timeout="60s") as probe:
            probe.wait_for_workers(workers, timeout=60)
            address = probe.scheduler.address
        yield Cluster(address, started[1:])
    finally:
        for process in reversed(started):  # workers first: one without its scheduler lingers
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
