"""Plain accuracy, by hand."""

import pytest

from tests.train.tasks import _made
from train.tasks.metrics import accuracy


def test_accuracy_is_the_share_of_right_answers_overall_and_by_kind():
    examples = _made.table(
        _made.right("red", kind="colour"),
        _made.right("red", kind="colour"),
        _made.right("blue", kind="colour"),
        _made.right("yes", kind="boolean"),
        _made.right("7"),  # of no kind
    )
    found = accuracy.measure(examples, _made.given("red", "blue", "blue", "no", None))
    assert found == {
        "accuracy": pytest.approx(2 / 5),
        "examples": 5,
        "kinds": {
            "boolean": {"accuracy": 0.0, "examples": 1},
            "colour": {"accuracy": pytest.approx(2 / 3), "examples": 3},
        },
    }


def test_an_answer_is_as_right_as_the_example_says():
    example = {"answers": ["cat", "kitten"], "scores": [1.0, 0.3]}
    found = accuracy.measure(_made.table(example, example), _made.given("kitten", "dog"))
    assert found["accuracy"] == pytest.approx(0.15)
