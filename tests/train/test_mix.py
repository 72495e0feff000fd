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
