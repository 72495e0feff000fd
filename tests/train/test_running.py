"""Runs that are killed amid a step, or shared, are the unbroken run of one process."""

import signal

import pytest

from curate.stage import checkpoint
from tests import _runs as runs


@pytest.fixture
def whole(small, project, run_params):
    """An unbroken run of two batches a step, and what others are begun with."""
    change = {**run_params().model["change"], "streams": "joint 1"}
    model = {"size": "tiny", "change": change, "objectives": {"itc": {}}}
    params = run_params(steps=4, accumulate=2, ema=0.9, validate=4, checkpoint=2, model=model)
    places = (small.snapshot, small.labels, small.network)
    assert runs.ended(runs.started(places, params, "whole")) == [0]
    return places, params


def test_a_run_that_is_killed_amid_a_step_ends_with_the_same_losses_to_the_bit(whole):
    last_batch = 2 * 3 + 2  # of the fourth step, the second
    assert runs.ended(runs.started(*whole, "killed", last_batch)) == [-signal.SIGKILL]
    (left,) = checkpoint.DEFAULT_ROOT.glob("*/step-*")
    assert left.name == "step-00000002"
    assert runs.ended(runs.started(*whole, "killed")) == [0]
    runs.assert_same("whole", "killed")


def test_a_run_whose_heads_share_a_layer_goes_on_from_its_checkpoint_with_the_same_losses(
    small, project, run_params
):
    shared = {"deep": True, "shared": True}
    change = {**run_params().model["change"], "streams": "joint 1"}
    tasks = {"moc": shared, "mrfr": shared}
    model = {"size": "tiny", "change": change, "objectives": tasks}
    params = run_params(steps=4, ema=0.9, validate=4, checkpoint=2, model=model)
    begun = (small.snapshot, small.labels, small.network), params
    assert runs.ended(runs.started(*begun, "unbroken")) == [0]
    assert runs.ended(runs.started(*begun, "killed", 4)) == [-signal.SIGKILL]
    (left,) = checkpoint.DEFAULT_ROOT.glob("*/step-*")
    assert left.name == "step-00000002"
    assert runs.ended(runs.started(*begun, "killed")) == [0]
    runs.assert_same("unbroken", "killed")


def test_two_processes_train_as_one_does_to_the_bit(whole):
    assert runs.ended(*runs.together(2, *whole, "shared")) == [0, 0]
    runs.assert_same("whole", "shared")
