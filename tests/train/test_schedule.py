import dataclasses
from itertools import pairwise

import pytest

from curate.dataset.errors import ParamsError
from train import schedule
from train.models import clip, ernievil, imagebert, lxmert, uniter, vilbert, visualbert, vlbert
from train.schedule import Schedule


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_the_rate_rises_to_its_peak_and_falls_to_nothing(decay):
    factors = [Schedule(warm_up=0.1, decay=decay).factor(step, 100) for step in range(100)]
    assert factors[9] == pytest.approx(1)
    assert factors[0] == pytest.approx(0.1)
    assert all(a < b for a, b in pairwise(factors[:10]))
    assert all(a > b for a, b in pairwise(factors[10:]))
    assert 0 < factors[-1] < 0.02


def test_the_inverse_root_falls_with_the_root_of_the_steps_and_ends_above_nothing():
    found = Schedule(warm_up=0.1, decay="inverse_root")
    factors = [found.factor(step, 100) for step in range(100)]
    assert factors[9] == pytest.approx(1)
    assert factors[39] == pytest.approx(0.5)
    assert factors[-1] == pytest.approx(0.1**0.5)
    assert all(a > b for a, b in pairwise(factors[10:]))


def plan_of(**said):
    return imagebert.plan(imagebert.Params(change={"schedule": said}))


def test_a_run_sets_what_it_names_and_the_plan_the_rest(run_params):
    paper = plan_of(rate=5e-5, clip=5.0, betas=[0.8, 0.9])
    found = schedule.of(paper, run_params(rate=1e-3, warm_up=0.0))
    assert found == Schedule(rate=1e-3, warm_up=0.0, clip=5.0, betas=(0.8, 0.9))
    assert dataclasses.astuple(found)[2:4] == ("linear", 0.01)


def test_a_typo_in_a_plans_schedule_is_answered_with_what_is_known(run_params):
    with pytest.raises(ParamsError, match=r"schedule.raet.*'rate'.*rate, warm_up"):
        schedule.of(plan_of(raet=1.0), run_params())
    with pytest.raises(ParamsError, match=r"schedule.warm_up is 'long'.*number"):
        schedule.of(plan_of(warm_up="long"), run_params())


BERTS = (0.9, 0.999)  # betas
PAPERS = {
    imagebert: Schedule(rate=1e-4),
    visualbert: Schedule(rate=1e-4),
    vilbert: Schedule(rate=1e-4, warm_up=0.1, betas=BERTS),
    ernievil: Schedule(rate=1e-4, warm_up=0.1, betas=BERTS),
    lxmert: Schedule(rate=1e-4, warm_up=0.05, clip=1.0, betas=BERTS),
    uniter: Schedule(rate=5e-5, warm_up=0.05, clip=5.0, weight_decay=0.01, betas=(0.9, 0.98)),
    vlbert: Schedule(rate=2.56e-5, warm_up=0.032, clip=10.0, weight_decay=1e-4, betas=BERTS),
    clip: Schedule(rate=5e-4, warm_up=0.005, decay="cosine", weight_decay=0.2, betas=(0.9, 0.98)),
}


@pytest.mark.parametrize("module", PAPERS, ids=lambda module: module.RECIPE.name)
def test_what_a_run_leaves_out_is_as_the_models_paper_has_it(module, run_params):
    found = schedule.of(module.plan(module.Params()), run_params(rate=None))
    assert found == PAPERS[module]
