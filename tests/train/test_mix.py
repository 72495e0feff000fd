from collections import Counter

import pytest

from curate.dataset.errors import ParamsError
from tests._rates import assert_rate
from train.mix import Mix, fitted

UNITER = {"itm + wra": 2.0, "mlm": 2.0, "mrfr": 1.0, "mrckl": 1.0}
TASKS = ["mlm", "mrfr", "mrckl", "itm", "wra"]


def test_without_a_mix_each_step_has_all_tasks():
    mix = Mix({}, TASKS, 0)
    assert mix.groups == [TASKS]
    assert mix.at(7) == TASKS


def test_tasks_are_drawn_as_often_as_the_mix_says():
    mix = Mix(UNITER, TASKS, 0)
    found = Counter(tuple(mix.at(step)) for step in range(100_000))
    shares = {("itm", "wra"): 1 / 3, ("mlm",): 1 / 3, ("mrfr",): 1 / 6, ("mrckl",): 1 / 6}
    assert set(found) == set(shares)
    for tasks, share in shares.items():
        assert_rate(found[tasks], 100_000, share)


def test_a_steps_tasks_depend_on_seed_and_step_alone():
    once, again, other = (Mix(UNITER, TASKS, seed) for seed in (1, 1, 2))
    steps = range(200)
    assert [once.at(s) for s in reversed(steps)] == [again.at(s) for s in reversed(steps)]
    assert [once.at(s) for s in steps] != [other.at(s) for s in steps]


@pytest.mark.parametrize(
    ("mix", "message"),
    [
        ({"mlm": 1.0}, "each of the tasks mlm, itm once"),
        ({"mlm + itm": 1.0, "mlm": 1.0}, "each of the tasks mlm, itm once"),
        ({"mlm": 1.0, "itm": 0.0}, "a number above 0"),
    ],
)
def test_a_mix_that_does_not_fit_its_tasks_is_refused(mix, message):
    with pytest.raises(ParamsError, match=message):
        Mix(mix, ["mlm", "itm"], 0)


def test_a_papers_mix_loses_what_is_left_out_and_gains_what_is_added():
    assert fitted(UNITER, TASKS, {}) == UNITER
    found = fitted(UNITER, ["mlm", "itm", "mrfr", "grounding"], {})
    assert found == {"itm": 2.0, "mlm": 2.0, "mrfr": 1.0, "grounding": 1.0}
    assert fitted({}, TASKS, {}) == {}
    assert fitted(UNITER, [*TASKS, "tlm"], {"tlm": "mlm"})["mlm + tlm"] == UNITER["mlm"]


def test_a_late_task_joins_at_its_step_and_draws_before_it_are_among_the_others():
    alone = Mix({}, ["mlm", "vqa"], 0, {"vqa": 5})
    assert [alone.at(step) for step in range(4, 7)] == [["mlm"], ["mlm", "vqa"], ["mlm", "vqa"]]
    late = Mix(UNITER, TASKS, 0, {"mrfr": 100_000, "wra": 100_000})
    found = Counter(tuple(late.at(step)) for step in range(100_000))
    for tasks, share in {("itm",): 0.4, ("mlm",): 0.4, ("mrckl",): 0.2}.items():
        assert_rate(found[tasks], 100_000, share)
    whole = Mix(UNITER, TASKS, 0)
    after = range(100_000, 100_100)
    assert [late.at(step) for step in after] == [whole.at(step) for step in after]


@pytest.mark.parametrize(
    ("late", "message"),
    [({"vqa": 3}, "there is no task vqa"), ({"mlm": 1, "itm": 2}, "a task from its start on")],
)
def test_late_tasks_that_cannot_be_are_refused(late, message):
    with pytest.raises(ParamsError, match=message):
        Mix({}, ["mlm", "itm"], 0, late)
