"""A stage that is about to run in; the same on a cluster of which a worker is lost, out."""

import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests import _dask
from tests._faults.stage import Ended, Job

if TYPE_CHECKING:
    from distributed import Client

WORKERS = 4  # processes of the cluster
_LOOKS = 0.005  # seconds between looks at what the workers do
_LONGEST = 600.0  # seconds that the stage may take


def losing_one(job: Job, draw: random.Random) -> tuple[str, Ended] | None:
    """Run a stage on a cluster, and kill a worker in the middle of some work.

    Returns:
        What was killed, and how the stage ended; None where it had no work for a cluster.
    """
    from distributed import Client

    with tempfile.TemporaryDirectory() as folder, _dask.cluster(Path(folder), WORKERS) as cluster:
        with Client(cluster.address) as client:
            pids = client.run(os.getpid)
            named = f"DASK_SCHEDULER_ADDRESS={cluster.address}"
            process = job.start(f"{named} {job.stage.command}")
            busy = _busy(client, process, draw)
            if busy is not None:
                os.kill(pids[busy], signal.SIGKILL)
            ended = job.wait(process, _LONGEST)
        return None if busy is None else (f"worker {busy} of {WORKERS} killed", ended)


def _busy(client: "Client", process: "subprocess.Popen[bytes]", draw: random.Random) -> str | None:
    """Address of a worker that has work of a stage, as soon as one has; None: the stage ended."""
    until = time.monotonic() + _LONGEST
    while process.poll() is None and time.monotonic() < until:
        working = sorted(worker for worker, tasks in client.processing().items() if tasks)
        if working:
            return draw.choice(working)
        time.sleep(_LOOKS)
    return None
