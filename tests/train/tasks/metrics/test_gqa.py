"""GQA's measures, by hand."""

import pytest

from curate.dataset.errors import EmptySetError
from tests.train.tasks import _made
from train.tasks.metrics import gqa


def _question(answer, structural="query", text="What is it?", group=(), **details):
    usual = {
        "structural": [structural],
        "semantic": ["attr"],
        "detailed": ["x"],
        "steps": ["2"],
        "balanced": ["true"],
        "global group": [*group],
        "entailed": [],
    }
    return _made.right(answer, text=text, details=usual | details)


def test_questions_that_are_not_balanced_count_for_consistency_alone():
    examples = _made.table(
        _question("red", entailed=["0", "2", "3"]),  # itself is of no account
        _question("yes", "verify", entailed=["3"]),  # answered wrongly: neither
        _question("no", "verify", balanced=["false"]),
        _question("left", "choose", balanced=["false"]),
    )
    found = gqa.measure(examples, _made.given("red", "no", "no", "right"))
    assert found["accuracy"] == 0.5
    assert found["examples"] == 2
    assert found["open"] == {"accuracy": 1.0, "examples": 1}
    assert found["binary"] == {"accuracy": 0.0, "examples": 1}
    assert found["consistency"] == 0.5
    assert found["words"] == {"3": {"accuracy": 0.5, "examples": 2}}
    assert found["steps"] == {"2": {"accuracy": 0.5, "examples": 2}}
    assert "validity" not in found


def test_there_is_no_consistency_where_an_entailed_question_is_not_among_the_examples():
    examples = _made.table(_question("red", entailed=["1"]), _question("yes", entailed=["77"]))
    assert "consistency" not in gqa.measure(examples, _made.given("red", "no"))


def test_an_answer_is_valid_and_plausible_where_the_official_choices_have_it():
    lists = {"valid": ["red", "blue", "green"], "plausible": ["red", "green"]}
    examples = _made.table(
        _question("red", **lists),
        _question("red", **lists),
        _question("color", "compare", **lists | {"detailed": ["diffCommon"]}),
    )
    found = gqa.measure(examples, _made.given("blue", "hot", "color"))
    assert found["validity"] == pytest.approx(2 / 3)
    assert found["plausibility"] == pytest.approx(1 / 3)


def test_the_distribution_is_chi_square_of_each_group_weighted_by_its_questions():
    examples = _made.table(
        *(_question(answer, group=["color"]) for answer in ("red", "red", "red", "blue")),
        *(_question(answer, group=["animal"]) for answer in ("cat", "dog")),
        _question("yes", "verify"),  # of no group
    )
    answers = _made.given("red", "red", "blue", "pink", "cat", "cat", "no")
    # color: (2-3)^2/3 + (1-1)^2/1 = 1/3, of four; animal: (2-1)^2/1 + (0-1)^2/1 = 2, of two
    expected = (4 / 3 + 2 * 2) / 6 / 100
    assert gqa.measure(examples, answers)["distribution"] == pytest.approx(expected)


def test_a_split_without_balanced_questions_has_no_figures():
    with pytest.raises(EmptySetError, match="none of 1 questions is a balanced one"):
        gqa.measure(_made.table(_question("red", balanced=["false"])), _made.answered({"0": "red"}))
