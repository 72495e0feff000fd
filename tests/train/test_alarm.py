import numpy as np
import pytest
import torch

from curate.dataset.errors import DataError
from train import alarm


def test_the_pairs_whose_losses_are_no_numbers_come_first(pairs, tmp_path):
    losses = {"mlm": torch.tensor([[3.0, 1.0], [8.0, 4.0], [float("nan"), 1.0], [0.0, 0.0]])}
    rows = np.array([5, 6, 7, 8])
    with pytest.raises(DataError) as caught:
        alarm.stop("the loss is nan", 4, pairs, rows, [losses], tmp_path / "part")
    places = [str(caught.value).index(pairs.uids[row]) for row in (7, 5, 6, 8)]
    assert places == sorted(places)


def test_a_loss_is_measured_against_the_largest_logged():
    history = [(2, {"loss": 4.0}), (3, {"validation/mlm/loss": 9.0}), (4, {"loss": 1.0})]
    assert alarm.found({"loss": 39.0}, 1.0, history, 10.0) == ""
    assert "10 times" in alarm.found({"loss": 41.0}, 1.0, history, 10.0)
    assert alarm.found({"loss": 41.0}, 1.0, history, 0.0) == ""
    assert alarm.found({"loss": 41.0}, 1.0, [], 10.0) == ""
    assert alarm.found({"loss": float("inf")}, 1.0, [], 0.0) == "the loss is inf"


def test_steps_of_other_tasks_are_no_measure_of_a_loss():
    history = [(1, {"loss": 0.7, "itm/loss": 0.7}), (2, {"loss": 5.0, "mlm/loss": 5.0})]
    assert alarm.found({"loss": 9.0, "mlm/loss": 9.0}, 1.0, history, 10.0) == ""
    assert alarm.found({"loss": 8.0, "itm/loss": 8.0}, 1.0, history, 10.0) != ""


def test_a_gradient_that_is_no_number_is_told_beside_the_loss_that_is_one():
    assert alarm.found({"loss": 2.0}, 1e30, [], 10.0) == ""
    for norm in (float("nan"), float("inf")):
        found = alarm.found({"loss": 2.0}, norm, [], 10.0)
        assert found == f"the loss is 2, but the norm of the gradients is {norm}"
