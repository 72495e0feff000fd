import numpy as np
import pytest

from tests._rates import DRAWS, assert_rate
from train.turns import drawn, shares


def test_a_lesson_comes_as_often_as_its_examples_and_the_temperature_say():
    assert shares([100, 400], 1.0) == pytest.approx([0.2, 0.8])
    assert shares([100, 400], 2.0) == pytest.approx([1 / 3, 2 / 3])
    assert shares([100, 400], 1e9) == pytest.approx([0.5, 0.5])
    assert shares([10**6, 10], 1e-3) == pytest.approx([1.0, 0.0])
    for temperature in (1.0, 2.0, 5.0):
        number = np.bincount(drawn([3000, 500, 50], temperature, DRAWS, 0), minlength=3)
        for one, share in zip(number, shares([3000, 500, 50], temperature), strict=True):
            assert_rate(one, DRAWS, share)


def test_a_step_s_lesson_is_that_of_the_seed_and_the_step_alone():
    short, long = drawn([8, 9], 1.0, 50, 7), drawn([8, 9], 1.0, 80, 7)
    assert (short == long[:50]).all()
    assert (short != drawn([8, 9], 1.0, 50, 8)).any()


def test_the_only_lesson_has_every_step():
    assert not drawn([12], 2.0, 30, 0).any()
