import pytest

from align.questions import asking
from align.questions.asking import Question


@pytest.mark.parametrize(
    ("noun", "told"),
    [
        ("apple", "an apple"),
        ("lemon", "a lemon"),
        ("hourglass", "an hourglass"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
    ],
)
def test_a_noun_gets_the_article_of_its_sound(noun, told):
    assert asking.is_there(noun) == f"Is there {told}?"


def test_scissors_are_and_a_bus_and_a_glass_is():
    assert asking.is_there("scissors") == "Are there scissors?"
    assert asking.what_colour("scissors") == "What colour are the scissors?"
    assert asking.is_so("bus", "red") == "Is the bus red?"
    assert asking.is_so("glass", "red") == "Is the glass red?"
    assert asking.is_so("apples", "red", plural=True) == "Are the apples red?"


def test_a_question_is_asked_once_and_not_at_all_where_two_answers_are_known():
    def one(uid, text, answer):
        return Question("i", text, answer, "colour", "caption", uid)

    found = asking.agreed([one("v", "A?", "red"), one("u", "A?", "red"), one("u", "B?", "red"),
                           one("v", "B?", "blue")])  # fmt: skip
    assert found == [one("u", "A?", "red")]
    other = one("w", "B?", "blue")._replace(image="j")
    assert asking.agreed([one("u", "B?", "red"), other]) == [one("u", "B?", "red"), other]
