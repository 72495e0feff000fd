import numpy as np
import pytest
import torch

from curate.dataset.errors import DataError
from train.alarm import Alarm, stop


def test_the_pairs_whose_losses_are_no_numbers_come_first(pairs, tmp_path):
    losses = {"mlm": torch.tensor([[3.0, 1.0], [8.0, 4.0], [float("nan"), 1.0], [0.0, 0.0]])}
    rows = np.array([5, 6, 7, 8])
    with pytest.raises(DataError) as caught:
        stop("the loss is nan", 4, pairs, rows, [losses], tmp_path / "part")
    places = [str(caught.value).index(pairs.uids[row]) for row in (7, 5, 6, 8)]
    assert places == sorted(places)


def test_without_losses_by_pair_none_is_said_to_be_the_worst(pairs, tmp_path):
    with pytest.raises(DataError, match="of its 3 pairs the first are") as caught:
        stop("the loss is nan", 4, pairs, np.array([5, 6, 7]), [{}], tmp_path / "part")
    assert "largest" not in str(caught.value)
    assert all(pairs.uids[row] in str(caught.value) for row in (5, 6, 7))


def after(*logged, explodes=10.0):
    alarm = Alarm(explodes, 1)
    for values in logged:
        alarm.hear(values)
    return alarm


def test_the_first_losses_are_measured_against_the_largest_logged():
    logged = ({"loss": 4.0, "rate": 0.1}, {"validation/mlm/loss": 9.0}, {"loss": 1.0})
    assert after(*logged).found({"loss": 39.0}, 1.0) == ""
    assert "10 times" in after(*logged).found({"loss": 41.0}, 1.0)
    assert after(*logged, explodes=0.0).found({"loss": 41.0}, 1.0) == ""
    assert after().found({"loss": 41.0}, 1.0) == ""
    assert after(explodes=0.0).found({"loss": float("inf")}, 1.0) == "the loss is inf"


def test_a_run_whose_loss_fell_is_stopped_where_it_diverges_beyond_what_was_usual_of_late():
    falling = [{"loss": 0.5 + 7.5 * 0.9**step} for step in range(100)]
    assert after(*falling).found({"loss": 7.9}, 1.0) == ""  # one hard step of a learnt task
    found = after(*falling).found({"loss": 60.0}, 1.0)
    assert found == "the loss is 60, more than 10 times what was usual, 0.8"
    slowly = [{"loss": 0.5 * 1.2**step} for step in range(40)]
    alarm = after(*falling)
    told = []
    for values in slowly:
        told.append(alarm.found(values, 1.0))
        alarm.hear(values)
    assert any(told)


@pytest.mark.parametrize("seed", range(20))
def test_a_noisy_run_that_learns_is_never_stopped(seed):
    rng, alarm = np.random.default_rng(seed), after()
    for step in range(2000):
        loss = float((0.05 + 8 * 0.99**step) * rng.lognormal(sigma=0.5))
        if rng.random() < 0.01:  # a step of hard pairs
            loss += 1.0
        assert alarm.found({"loss": loss}, 1.0) == ""
        alarm.hear({"loss": loss})


def test_steps_of_other_tasks_are_no_measure_of_a_loss():
    alarm = after({"loss": 0.7, "itm/loss": 0.7}, {"loss": 5.0, "mlm/loss": 5.0})
    assert alarm.found({"loss": 9.0, "mlm/loss": 9.0}, 1.0) == ""
    assert alarm.found({"loss": 8.0, "itm/loss": 8.0}, 1.0) != ""


def test_what_is_logged_of_a_validation_with_a_step_changes_no_measure():
    alarm = after({"loss": 0.7, "itm/loss": 0.7, "validation/mlm/loss": 5.0})
    assert alarm.found({"loss": 8.0, "itm/loss": 8.0}, 1.0) != ""


@pytest.mark.parametrize("first", [-0.2, -0.001, 0.0, 0.001])
def test_a_healthy_loss_that_may_be_negative_is_no_explosion(first):
    alarm = after({"loss": first, "wra/loss": first})
    assert alarm.found({"loss": 0.3, "wra/loss": 0.3}, 1.0) == ""
    assert "the loss is 30" in alarm.found({"loss": 30.0, "wra/loss": 30.0}, 1.0)


def test_a_gradient_that_is_no_number_is_told_beside_the_loss_that_is_one():
    assert after().found({"loss": 2.0}, 1e30) == ""
    for norm in (float("nan"), float("inf")):
        found = after().found({"loss": 2.0}, norm)
        assert found == f"the loss is 2, but the norm of the gradients is {norm}"
