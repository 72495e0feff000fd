"""NLVR's measures, by hand."""

import pytest

from tests.train.tasks import _made
from train.tasks.metrics import nlvr


def test_a_statement_is_consistent_where_it_is_judged_rightly_of_all_its_pictures():
    examples = _made.table(
        _made.right("true", group="dev-850--0"),
        _made.right("false", group="dev-850--0"),
        _made.right("true", group="dev-850--1"),
        _made.right("true", group="dev-851--0"),
        _made.right("false", group="dev-851--0"),
    )
    found = nlvr.measure(examples, _made.given("True", "false", "true", "true", None))
    assert found == {
        "accuracy": pytest.approx(4 / 5),
        "examples": 5,
        "consistency": pytest.approx(2 / 3),
        "statements": 3,
    }
