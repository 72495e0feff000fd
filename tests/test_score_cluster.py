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
from curate.stage.cluster import client
from tests import _counted, _dask, _scorers

COUNT, GROUP = 48, 4  # pictures


@pytest.fixture
def pool(project, drawn, write_set):
    rows = [(drawn("circle", (n * 5, 9, 99)), "en", f"ball {n}") for n in range(COUNT)]
    write_set(Path("pool"), rows)
    return sets.distinct_images(sets.located([Path("pool")]))


@pytest.fixture
def on_each(
    project,
    drawn,
    write_set,
    tone,
    tiny_clip,
    database_folder,
    cluster,
    cluster_address,
    monkeypatch,
):
    """Runs scorers on processes of this machine, on threads and on a cluster: the same bytes."""
    pictures = _scorers.pictures(12, drawn)
    _scorers.lay(pictures, write_set, tone)
    sections = _scorers.sections(pictures, tiny_clip(), database_folder)
    monkeypatch.setattr(remembered, "_FEW", 0)  # processes for ever so little
    monkeypatch.setattr(scoring, "GROUP", 4)

    def run(*names):
        asked = _scorers.some(sections, names)
        assert asked.keys() == {*names}
        with client():
            _scorers.run("processes", asked)
        for place, address in (("threads", cluster_address), ("cluster", cluster.address)):
            shutil.rmtree(".pairwright")
            monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
            _scorers.run(place, asked)
            assert _scorers.contents(place) == _scorers.contents("processes"), place

    return run


def fill(rows):
    memory = Memory("image", "print", "image", image.SCHEMA)
    table = remembered.fill(memory, rows, _counted.score, Path.cwd(), group=GROUP, label="image")
    tables.write(table, Path("filled.parquet"), "image", image.SCHEMA)


def asked():
    lines = Path("asked").read_text().splitlines() if Path("asked").is_file() else []
    return [tuple(line.split()) for line in lines]


def test_threads_processes_and_clusters_give_the_same_bytes(on_each):
    on_each("image", "phash", "caption", "language", "concreteness", "leakage", "safety", "faces")


@pytest.mark.slow  # models are loaded in each process of each: 190 CPU seconds
def test_every_scorer_gives_the_same_bytes_on_threads_processes_and_clusters(on_each):
    on_each(*_scorers.kinds())


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
