"""Accuracy of visual entailment, by hand."""

import pytest

from tests.train.tasks import _made
from train.tasks.metrics import snli_ve


def test_accuracy_is_told_of_each_class():
    classes = ("entailment", "entailment", "entailment", "neutral", "contradiction")
    examples = _made.table(*(_made.right(name) for name in classes))
    answers = _made.given("entailment", "neutral", "neutral", "neutral", "entailment")
    found = snli_ve.measure(examples, answers)
    assert found["accuracy"] == pytest.approx(2 / 5)
    assert found["classes"] == {
        "contradiction": {"accuracy": 0.0, "examples": 1},
        "entailment": {"accuracy": pytest.approx(1 / 3), "examples": 3},
        "neutral": {"accuracy": 1.0, "examples": 1},
    }
