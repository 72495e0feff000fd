"""VCR's measures, by hand."""

import pytest

from curate.dataset.errors import DataError
from tests.train.tasks import _made
from train.tasks.metrics import vcr


def _stage(kind, group):
    return _made.right("b", kind=kind, group=group, choices=["a", "b", "c", "d"])


def test_a_question_is_answered_wholly_where_answer_and_rationale_are_right():
    stages = [(kind, group) for group in ("0", "1", "2", "3") for kind in ("answer", "rationale")]
    examples = _made.table(*(_stage(*stage) for stage in stages))
    found = vcr.measure(examples, _made.given("b", "b", "b", "a", "a", "b", "a", "b"))
    assert found == {"both": 0.25, "answer": 0.5, "rationale": 0.75, "questions": 4}


@pytest.mark.parametrize(
    "kinds",
    [("answer",), ("answer", "rationale", "other"), ("answer", "answer", "rationale")],
    ids=str,
)
def test_a_question_of_other_stages_is_refused(kinds):
    examples = _made.table(*(_stage(kind, "0") for kind in kinds))
    with pytest.raises(DataError, match="one example of kind answer, one rationale"):
        vcr.measure(examples, _made.given(*"bbb"))
