import random

from align.questions import blind
from align.questions.asking import Question


def questions(told):
    return [
        Question(f"i{at}", text, answer, kind, "caption", "u")
        for at, (kind, text, answer) in enumerate(told)
    ]


def test_who_sees_no_picture_guesses_what_the_words_tell_and_nothing_else():
    draw = random.Random(0)
    blindly = [
        ("attribute", f"Is the {draw.choice(['car', 'hat'])} red?", draw.choice(["yes", "no"]))
        for _ in range(2000)
    ]
    told = [("colour", f"What colour is the {n}?", c) for n, c in (("lemon", "yellow"),
            ("apple", "red")) for _ in range(100)]  # fmt: skip
    found = blind.figures(questions([*blindly, *told]))
    assert abs(found["attribute"]["guessed_by_words"] - 0.5) < 0.04
    assert abs(found["attribute"]["yes"] - 0.5) < 0.04
    assert found["colour"] == {
        "questions": 200, "answers": 2, "majority": 0.5, "guessed_by_words": 1.0
    }  # fmt: skip


def test_what_is_asked_of_two_pictures_misleads_nobody():
    told = [("object", f"Is there a {chr(97 + at % 26)}{at // 26}?") for at in range(300)]
    both = [(*one, answer) for one in told for answer in ("yes", "no")]
    paired = [q._replace(how="others") for q in questions(both)]
    assert abs(blind.figures(paired)["object"]["guessed_by_words"] - 0.5) < 0.1


def test_a_kind_that_the_other_half_has_not_is_not_guessed():
    found = blind.figures(questions([("number", "How many lemons are there?", "two")]))
    assert found["number"]["guessed_by_words"] == 0
    assert blind.figures([]) == {}
