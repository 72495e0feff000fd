"""What measures share: no example is passed over, and what is missing is named."""

import pytest

from curate.dataset.errors import DataError, EmptySetError
from tests.train.tasks import _made
from train.tasks.metrics import _tally


def test_answers_find_their_examples_in_any_order():
    examples = _made.table(_made.right("yes"), _made.right("no"))
    answers = _made.answered({"1": "b", "2": "c", "0": None})
    found = _tally.paired(examples, answers, ("answers",))
    assert [(answer, row["answers"]) for answer, row in found] == [(None, ["yes"]), ("b", ["no"])]


def test_an_example_without_a_row_is_an_error_and_not_left_out():
    examples = _made.table(_made.right("yes"), _made.right("no"))
    with pytest.raises(DataError, match="1 of 2 examples have no row among the answers, '1' first"):
        _tally.paired(examples, _made.given("yes"), ("answers",))


def test_no_examples_have_no_figures():
    with pytest.raises(EmptySetError, match="no example"):
        _tally.paired(_made.table(), _made.given(), ("answers",))


def test_a_detail_that_is_not_there_is_named_with_those_that_are():
    row = {"example": "7", "details": {"entailed": []}}
    assert _tally.detail(row, "entailed") == []
    with pytest.raises(DataError, match=r"'7' has no 'humans' among its details \(entailed\)"):
        _tally.detail(row, "humans")
