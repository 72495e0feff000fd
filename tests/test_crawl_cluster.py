"""A crawl on a dask cluster: a scheduler and workers as an administrator starts them."""

import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests import _dask
from tests._shop import BATCH, contents, digest

READ_ONLY = """
    mount --bind "$0" "$0" && mount --bind "$0/.pairwright/turns" "$0/.pairwright/turns" &&
    mount -o remount,ro,bind "$0" && exec "$@"
"""


@pytest.fixture
def local(job) -> str:
    """Hash of the set that the processes of one machine give."""
    job.out = "local/pool"
    process = job.command(own_workers=True)
    assert process.wait(90) == 0, process.stderr.read().decode()
    job.out = "data/pool"
    return digest("local/pool")


def test_a_cluster_of_several_processes_gives_the_bytes_of_one_machine(job, cluster, local):
    job.workers = cluster.address
    process = job.command(own_workers=False)
    assert process.wait(90) == 0, process.stderr.read().decode()
    assert digest("data/pool") == local


def test_a_worker_of_a_cluster_that_is_killed_in_the_middle_loses_nothing(
    job, shop, local, tmp_path_factory
):
    shop.held = 10
    with _dask.cluster(tmp_path_factory.mktemp("dask"), workers=3) as cluster:
        job.workers = cluster.address
        asked = Counter(shop.asked)
        process = job.command(own_workers=False)
        try:
            assert shop.reached.wait(60)
            (busy,) = job.busy(psutil.Process(worker.pid) for worker in cluster.workers)
            busy.send_signal(signal.SIGKILL)
            shop.held = None
            shop.go_on.set()
            assert process.wait(90) == 0, process.stderr.read().decode()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        assert sum(worker.poll() is not None for worker in cluster.workers) == 1
    assert digest("data/pool") == local
    again = {number for number, count in (shop.asked - asked).items() if count > 1}
    assert 10 in again
    assert len(again) <= BATCH  # the batch of the one that was killed, and no more


def test_workers_write_to_a_store_and_nowhere_else(job, store, local, tmp_path_factory):
    """The project's folder, which holds the list of URLs, is read-only for the workers, but for
    the file through which they spare hosts together."""
    within = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    if subprocess.run([*within, "true"], check=False).returncode:
        pytest.skip("this machine allows no mounts of one's own")
    within += ["sh", "-c", READ_ONLY, str(Path.cwd())]
    with _dask.cluster(tmp_path_factory.mktemp("dask"), within=within) as cluster:
        job.workers = cluster.address
        process = job.command(own_workers=False)
        assert b"Read-only file system" in process.communicate(timeout=90)[1]
        job.out = f"{store}/data/pool"
        process = job.command(own_workers=False)
        assert process.wait(90) == 0, process.stderr.read().decode()
    assert digest(job.out) == local
    named = {name.partition("/")[0] for name in contents(f"{store}/data")}
    assert named == {"pool", "pool.times.parquet"}
