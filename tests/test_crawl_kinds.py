"""What holds of a crawl whatever the kind of its source: the set is the same, come what may."""

import pytest

from tests import _kinds
from tests._shop import BATCH, COUNT, digest


@pytest.fixture(params=_kinds.SOURCES)
def kind(request, job) -> str:
    """A kind of source, which the job crawls."""
    _kinds.write(job, request.param)
    return request.param


def test_killed_amid_its_batches_and_started_again_it_gives_the_bytes_of_an_undisturbed_run(
    job, kind
):
    done = _kinds.killed(job)
    assert 0 < done < COUNT / BATCH
    figures = job.run()
    assert figures["pairs"] == COUNT
    assert digest("data/pool") == job.undisturbed()


def test_a_cluster_of_several_processes_gives_the_bytes_of_one_machine(
    job, kind, cluster, monkeypatch
):
    wanted = job.undisturbed()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    assert job.run()["pairs"] == COUNT
    assert digest("data/pool") == wanted
