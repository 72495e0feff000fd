import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.dataset.words import SPACELESS, words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A red circle, no. 7!", ["A", "red", "circle", "no", "7"]),
        ("Würfel Ёлка", ["Würfel", "Ёлка"]),
        ("طائر أزرق يَطير", ["طائر", "أزرق", "يَطير"]),
        ("ציפור כחולה", ["ציפור", "כחולה"]),
        ("हिन्दी में चिड़िया", ["हिन्दी", "में", "चिड़िया"]),
        ("می\u200cپرد پرنده", ["می\u200cپرد", "پرنده"]),
        ("青い鳥", ["青", "い", "鳥"]),
        ("人々のスーパー", ["人", "々", "の", "ス", "ー", "パ", "ー"]),
        ("Tシャツ2枚", ["T", "シ", "ャ", "ツ", "2", "枚"]),
        ("นกสีฟ้า", ["น", "ก", "สี", "ฟ้", "า"]),
        ("ນົກ", ["ນົ", "ກ"]),
        ("បក្សី", ["ប", "ក្", "សី"]),
        ("ငှက်", ["ငှ", "က်"]),
        ("བྱ་སྔོན་པོ", ["བྱ", "སྔོན", "པོ"]),
        ("푸른 새", ["푸른", "새"]),
        ("", []),
        ("—!? ", []),
    ],
)
def test_words_are_those_of_the_script(text, wanted):
    assert words(text) == wanted


def test_characters_that_join_do_so_inside_a_word_alone():
    assert words("don't 'go' rock'n'roll", "'’") == ["don't", "go", "rock'n'roll"]
    assert words("post-it - a", "-") == ["post-it", "a"]
    assert words("post-it") == ["post", "it"]


@given(st.text())
def test_no_letter_and_no_digit_is_lost_and_none_comes_twice(text):
    kept = [c for c in text if c.isalnum()]
    assert [c for word in words(text) for c in word if c.isalnum()] == kept


def test_marks_and_signs_of_spaceless_scripts_are_no_letters():
    assert not SPACELESS.search("。、・！ ้")
