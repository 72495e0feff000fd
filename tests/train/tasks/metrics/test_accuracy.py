"""Plain accuracy, by hand."""

import pytest

from tests.train.tasks import _made
from train.tasks.metrics import accuracy


def test_accuracy_stands_beside_chance_and_the_best_constant_answer_by_kind():
    examples = _made.table(
        _made.right("red", kind="color"),
        _made.right("red", kind="color"),
        _made.right("blue", kind="color"),
        _made.right("yes", kind="boolean"),
    )
    found = accuracy.measure(_made.given("red", "blue", "blue", "no"), examples)
    assert found["accuracy"] == 0.5
    assert found["examples"] == 4
    assert found["chance"] == pytest.approx(1 / 3)  # red, blue or yes
    assert found["constant"] == 0.5  # always red
    color = found["kinds"]["color"]
    assert color["accuracy"] == pytest.approx(2 / 3)
    assert color["chance"] == 0.5
    assert color["constant"] == pytest.approx(2 / 3)
    assert found["kinds"]["boolean"] == {
        "accuracy": 0.0,
        "examples": 1,
        "chance": 1.0,
        "constant": 1.0,
    }


def test_chance_draws_among_the_choices_of_each_example():
    examples = _made.table(
        _made.right("a", choices=["a", "b"]), _made.right("c", choices=["c", "d", "e", "f"])
    )
    found = accuracy.measure(_made.given("a", "d"), examples)
    assert found["accuracy"] == 0.5
    assert found["chance"] == pytest.approx((1 / 2 + 1 / 4) / 2)


def test_an_answer_is_as_right_as_the_example_says():
    example = {"answers": ["cat", "kitten"], "scores": [1.0, 0.3]}
    found = accuracy.measure(_made.given("kitten", "dog"), _made.table(example, example))
    assert found["accuracy"] == pytest.approx(0.15)
    assert found["chance"] == pytest.approx(0.65)
    assert found["constant"] == pytest.approx(1.0)
