import subprocess
import sys
from pathlib import Path

import pytest

from curate.dataset.errors import FailedError
from curate.stage.params import build
from train.policies import halving
from train.policies.halving import Budget, Rungs, Sampler
from train.policies.space import Axis

SPACE = {
    "x": build(Axis, {"kind": "float", "low": 0.0, "high": 1.0}, "x"),
    "y": build(Axis, {"kind": "int", "low": 0, "high": 9}, "y"),
}
BEGIN = {"x": 0.0, "y": 0}


def measured(name, changes, steps):
    """Best at x = 0.7; more steps reach more."""
    return 100.0 - abs(changes["x"] - 0.7) * 50 + changes["y"] + steps / 100


def searched(measure=measured, trials=12, name="one", kind="tpe", seed=0, **budget):
    return halving.search(
        name,
        Path("study.log"),
        SPACE,
        BEGIN,
        Rungs(first=10, factor=2, number=3),
        Sampler(kind=kind, startup=4, seed=seed),
        Budget(trials=trials, **budget),
        measure,
    )


def test_the_first_policy_is_that_of_the_params_and_the_best_stand_first(project):
    found = searched()
    assert len(found) == 12
    assert next(t for t in found if t.number == 0).changes == BEGIN
    places = [(max(t.points), t.points[max(t.points)]) for t in found]
    assert places == sorted(places, reverse=True)
    assert found[0].points[40] == measured("", found[0].changes, 40)


def test_few_policies_are_run_for_long_and_none_again_for_what_it_was_run(project):
    ran = []

    def noted(name, changes, steps):
        ran.append((name, steps))
        return measured(name, changes, steps)

    found = searched(noted, trials=24)
    by_rung = [sum(steps == one for _, steps in ran) for one in (10, 20, 40)]
    assert by_rung[0] == 24 > by_rung[1] > by_rung[2] >= 1
    assert len(ran) == len(set(ran)) == sum(len(t.points) for t in found)
    assert sum(t.state == "complete" for t in found) == by_rung[2]


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_the_same_seed_gives_the_same_search_and_another_another(project, kind):
    def changes(name, seed):
        return [t.changes for t in searched(name=name, kind=kind, seed=seed)]

    assert changes("a", 0) == changes("b", 0) != changes("c", 1)


KILLED = """
import os, sys
from tests.train.policies import test_halving as of
left = int(sys.argv[1])
def until(name, changes, steps):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
    return of.measured(name, changes, steps)
of.searched(until, name="killed")
"""


def test_a_search_that_is_killed_goes_on_as_if_it_had_not_been(project):
    root = Path(__file__).resolve().parents[3]
    for ran in (1, 2, 5):
        code = subprocess.run(
            [sys.executable, "-c", KILLED, str(ran)], env={"PYTHONPATH": str(root)}, check=False
        ).returncode
        assert code == 9
    ran = []

    def noted(name, changes, steps):
        ran.append((name, steps))
        return measured(name, changes, steps)

    found = searched(noted, name="killed")
    whole = searched(name="whole")
    assert [t._replace(cpu_seconds=0) for t in found] == [t._replace(cpu_seconds=0) for t in whole]
    assert len(ran) == sum(len(t.points) for t in whole) - 8


def test_a_search_ends_with_its_budget_of_time(project):
    def busy(name, changes, steps):
        sum(number * number for number in range(400_000))
        return measured(name, changes, steps)

    found = searched(busy, trials=500, cpu_seconds=0.3)
    assert 1 <= len(found) < 500
    assert sum(t.cpu_seconds for t in found) >= 0.3
    assert len(searched(busy, trials=500, cpu_seconds=0.3)) == len(found)


def test_a_policy_that_cannot_run_stands_last_with_its_reason_unless_it_is_the_first(project):
    def fails(name, changes, steps):
        if name.startswith("trial-3-"):
            raise FailedError("nothing is left")
        return measured(name, changes, steps)

    last = searched(fails)[-1]
    assert (last.number, last.state, last.why) == (3, "fail", "nothing is left")

    def never(name, changes, steps):
        raise FailedError("no such rule")

    with pytest.raises(FailedError, match="no such rule"):
        searched(never, name="never")
