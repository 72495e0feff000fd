import os
import signal
import time
from pathlib import Path

import pytest

from curate.dataset import errors
from curate.stage.cluster import client, map_shards


def square(number):
    return number * number


def with_process(number, factor):
    return os.getpid(), number * factor


def begin(_):
    now = time.monotonic()
    time.sleep(0.1)
    return now


def folder_of_work(_):
    return str(Path.cwd())


def fail_on_three(number):
    if number == 3:
        raise ValueError("three is not allowed")
    return number


def wait_for_others(item):
    """The last item is done once the first one's result was shown where the work was given out."""
    folder, number = item
    until = time.monotonic() + 30
    while number == 8 and not Path(folder, "0").exists():
        assert time.monotonic() < until, "no result was shown before all were there"
        time.sleep(0.01)
    return number


def kill_once(folder, factor):
    """The first time that a worker gets here, it dies once the others are here as well."""
    mark = Path(folder) / str(os.getpid())
    if len(list(Path(folder).iterdir())) < 2:
        mark.touch()
        while len(list(Path(folder).iterdir())) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    return factor


def kill_always(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_come_back_in_the_order_of_the_items():
    assert map_shards(square, list(range(20)), label="squares") == [n * n for n in range(20)]


def test_the_longest_work_is_begun_first():
    weights = list(range(1, 1 + 4 * (os.cpu_count() or 1)))
    begun = map_shards(begin, weights, label="weights", weights=weights)
    half = len(begun) // 2
    assert max(begun[half:]) < max(begun[:half])
    assert sum(begun[half:]) < sum(begun[:half])


def test_no_items_start_no_cluster():
    assert map_shards(square, [], label="nothing") == []


def test_rounds_of_work_within_one_client_are_done_by_the_same_processes():
    with client():
        first, second = (map_shards(with_process, list(range(8)), 1, label="pids") for _ in "ab")
    workers = {pid for pid, _ in first + second}
    assert len(workers) <= os.cpu_count()
    assert os.getpid() not in workers


def test_each_result_is_shown_here_while_others_are_worked_on(tmp_path):
    def seen(item, result):
        (tmp_path / str(item[1])).touch()
        return os.getpid(), result

    items = [(str(tmp_path), number) for number in range(9)]
    found = map_shards(wait_for_others, items, label="seen", then=seen)
    assert found == [(os.getpid(), number) for number in range(9)]


def test_an_error_in_a_shard_reaches_the_caller():
    with pytest.raises(ValueError, match="three is not allowed"):
        map_shards(fail_on_three, [1, 2, 3, 4], label="failing")


def test_shards_are_done_again_when_every_worker_was_killed(tmp_path):
    found = map_shards(kill_once, [str(tmp_path)] * 6, "kept", label="killing")
    assert found == ["kept"] * 6
    assert len(list(tmp_path.iterdir())) == 2


def test_work_that_kills_every_worker_is_an_error():
    with pytest.raises(errors.ClusterError, match="deadly"):
        map_shards(kill_always, [1, 2], label="deadly")


def test_a_named_cluster_is_used_and_gives_the_same_results(cluster, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    with client() as connected:
        workers = set(connected.run(os.getpid).values())
    found = map_shards(with_process, list(range(10)), 3, label="remote")
    assert [value for _, value in found] == [3 * n for n in range(10)]
    assert {pid for pid, _ in found} <= workers


def test_workers_of_a_named_cluster_work_in_the_projects_folder(cluster, monkeypatch, project):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.address)
    assert set(map_shards(folder_of_work, [1, 2, 3], label="where")) == {str(project)}
