"""VQA v2's accuracy, by hand."""

import pytest

from tests.train.tasks import _made
from train.tasks.metrics import accuracy, vqa


def _humans(**counts):
    return [answer for answer, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("count", "share"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (9, 1), (10, 1)]
)
def test_each_human_counts_a_third_of_what_nine_of_ten_say(count, share):
    # of 3 that said cat: with one of them left out 2/3, three times; else 3/3, seven times
    humans = ["cat"] * count + [f"other {place}" for place in range(10 - count)]
    assert vqa.accuracy("cat", humans) == pytest.approx(share)


def test_what_a_maintainer_worked_out_for_eight_that_say_yes_and_two_that_say_no():
    humans = _humans(yes=8, no=2)  # GT-Vision-Lab/VQA, issue 1
    assert vqa.accuracy("no", humans) == pytest.approx(0.6)
    assert vqa.accuracy("yes", humans) == 1


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("The cat", "cat"),
        ("two dogs", "2 dogs"),
        ("none", "0"),
        ("eleven", "eleven"),
        ("dont know", "don't know"),
        ("couldntve", "couldntve"),  # two apostrophes lack: the evaluator leaves it
        ("couldn'tve", "couldn't've"),
        ("somebody'd", "somebodyd"),  # so in the evaluator
        ("lets go", "lets go"),
        ("left/right", "left right"),  # a mark between letters becomes a space
        ("yes, sir!", "yes sir "[:-1]),  # the comma touches a space, the other becomes one
        ("t-shirt", "t shirt"),
        ("1,000", "1000"),
        ("1,000-2", "10002"),  # beside a comma inside a number every mark is left out
        ("3.5", "3.5"),
        ("a.m.", "am"),
        ("St. Mary's", "st mary's"),
        ("5:30", "5:30"),  # the colon stays
        ("a", ""),
        ("." * 33 + "x", ".x"),  # the evaluator takes out the first 32
    ],
)
def test_answers_are_brought_to_one_form_as_the_evaluator_brings_them(raw, normal):
    assert vqa.normal(raw) == normal


def test_both_sides_are_brought_to_one_form_where_the_humans_differ():
    humans = ["Two", "2", "two dogs", *["the cat"] * 7]
    assert vqa.accuracy("two", humans) == pytest.approx(0.6)
    assert vqa.accuracy("cat.", humans) == 1


def test_humans_words_are_brought_to_the_form_that_an_answer_is_as_in_the_newest_revision():
    # older ones leave a human's "none" as it is, and make the model's "0" (GT-Vision-Lab/VQA, 7)
    assert vqa.accuracy("none", ["none", *["3"] * 9]) == pytest.approx(0.3)
    # 2 of 3 that say 2 wrote it as a word: 7 x 3/3 and 3 x 2/3; older revisions count one, 0.3
    assert vqa.accuracy("2", ["two", "two", "2", *["5"] * 7]) == pytest.approx(0.9)


def test_nothing_is_changed_where_all_humans_wrote_the_same():
    assert vqa.accuracy("the a", ["the a"] * 10) == 1
    assert vqa.accuracy("stop", ["STOP"] * 10) == 0
    assert vqa.accuracy("two", ["2"] * 10) == 0
    assert vqa.accuracy("yes", ["yes\n"] * 10) == 1  # white space alone is taken off


def test_accuracy_is_told_by_type_of_answer_and_of_question():
    def example(kind, question_type, humans):
        return {"kind": kind, "details": {"question type": [question_type], "humans": humans}}

    examples = _made.table(
        example("yes/no", "is the", _humans(yes=8, no=2)),
        example("number", "how many", ["2", "two", *"3" * 8]),
        example("number", "how many", ["7"] * 10),
    )
    found = vqa.measure(examples, _made.given("no", "two", "7"))
    assert found["accuracy"] == pytest.approx((0.6 + 0.6 + 1) / 3)
    assert found["answer_types"] == {
        "number": {"accuracy": pytest.approx(0.8), "examples": 2},
        "yes/no": {"accuracy": pytest.approx(0.6), "examples": 1},
    }
    assert found["question_types"]["how many"]["accuracy"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    "humans",
    [
        _humans(yes=8, no=2),
        ["Two", "2", "two dogs", *["the cat"] * 7],
        ["the a"] * 10,
        [*"abcdefghij"],
    ],
    ids=str,
)
def test_the_scores_that_a_model_learns_are_what_the_measure_gives(humans):
    scores = vqa.scores(humans)
    assert {answer: vqa.accuracy(answer, humans) for answer in scores} == scores
    example = {"answers": [*scores], "scores": [*scores.values()]}
    for answer, score in scores.items():
        found = accuracy.measure(_made.table(example), _made.answered({"0": answer}))
        assert found["accuracy"] == pytest.approx(score)
