"""Scores on threads, processes and dask clusters: the same bytes, no work done twice."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from curate import score, scoring
from curate.dataset import sets, tables
from curate.dataset.memory import Memory
from curate.scorers import image
from curate.stage import remembered
from tests import _counted, _dask

COUNT, GROUP = 48, 4  # pictures


@pytest.fixture
def pool(project, drawn, write_set):
    rows = [(drawn("circle", (n * 5, 9, 99)), "en", f"ball {n}") for n in range(COUNT)]
    write_set(Path("pool"), rows)
    return sets.distinct_images(sets.located([Path("pool")]))


def scored(name, out):
    shutil.rmtree(".pairwright", ignore_errors=True)
    score.main(name, Path("pool"), Path(out), {})
    return Path(out).read_bytes()


def fill(rows):
    memory = Memory("image", "print", "image", image.SCHEMA)
    table = remembered.fill(memory, rows, _counted.score, Path.cwd(), group=GROUP, label="image")
    tables.write(table, Path("filled.parquet"), "image", image.SCHEMA)


def asked():
    lines = Path("asked").read_text().splitlines() if Path("asked").is_file() else []
    return [tuple(line.split()) for line in lines]


def test_threads_processes_and_clusters_give_the_same_bytes(
    pool, cluster, cluster_address, monkeypatch
):
    monkeypatch.setattr(scoring, "GROUP", 1)  # more groups than the process itself works on
    for name in ("image", "phash", "caption", "language"):
        found = {scored(name, f"{name}.parquet")}  # processes of this machine
        for address in (cluster_address, cluster.address):  # threads; several processes
            monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
            found.add(scored(name, f"{name}.parquet"))
        monkeypatch.delenv("DASK_SCHEDULER_ADDRESS")
        assert len(found) == 1, name


def test_a_worker_that_is_killed_costs_its_group_and_no_other(pool, tmp_path_factory, monkeypatch):
    held = pool.column("image")[COUNT // 2].as_py()
    Path("held").write_text(held)
    with _dask.cluster(tmp_path_factory.mktemp("dask"), workers=3) as running:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", running.address)
        work = threading.Thread(target=fill, args=[pool])
        work.start()
        until = time.monotonic() + 60
        while not Path("reached").is_file() and time.monotonic() < until:
            time.sleep(0.02)
        (busy,) = {int(pid) for name, pid in asked() if name == held}
        os.kill(busy, signal.SIGKILL)
        Path("held").unlink()
        work.join(90)
        assert sum(worker.poll() is not None for worker in running.workers) == 1
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS")
    score.main("image", Path("pool"), Path("image.parquet"), {})
    assert tables.read(Path("filled.parquet")).equals(tables.read(Path("image.parquet")))
    times = Counter(name for name, _ in asked())
    assert len(times) == COUNT
    assert held in {name for name, count in times.items() if count > 1}
    assert sum(times.values()) == COUNT + GROUP
    before = asked()
    fill(pool)
    assert asked() == before  # all of it is remembered
