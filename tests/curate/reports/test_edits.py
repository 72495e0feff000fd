import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.reports.edits import marked


def edited(words):
    return [text for text, changed in words if changed]


@pytest.mark.parametrize(
    ("before", "after", "gone", "came"),
    [
        ("a dog left of a cat", "a dog right of a cat", ["left"], ["right"]),
        ("A dog.", "a dog", [], []),
        ("two dogs", "three dogs and a cat", ["two"], ["three", " and a cat"]),
        ("右の犬", "左の犬", ["右"], ["左"]),
        ("собака слева", "собака справа", ["слева"], ["справа"]),
        ("", "new", [], ["new"]),
    ],
)
def test_the_words_that_were_edited_are_marked(before, after, gone, came):
    found = marked(before, after)
    assert (edited(found[0]), edited(found[1])) == (gone, came)


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_pieces_together_are_the_captions(before, after):
    found = marked(before, after)
    assert tuple("".join(text for text, _ in words) for words in found) == (before, after)


def test_long_captions_are_told_unmarked():
    long = "a red ball and " * 10_000
    assert marked(long, "a ball") == ([(long, False)], [("a ball", False)])
    assert marked("", long) == ([], [(long, False)])
