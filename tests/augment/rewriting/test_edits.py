import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.rewriting.edits import Edit, apply, listed, recaption
from curate.dataset.errors import DataError


def test_edits_replace_their_spans_in_any_order():
    edits = [Edit(6, 11, "dog"), Edit(0, 1, "The"), Edit(2, 2, "big ")]
    assert apply("a red camel.", edits) == "The big red dog."


@pytest.mark.parametrize("edit", [Edit(3, 2, ""), Edit(0, 99, "x"), Edit(-1, 2, "x")])
def test_an_edit_of_another_caption_is_an_error(edit):
    with pytest.raises(DataError, match="of another caption"):
        apply("a cat", [edit])


def test_overlapping_edits_are_an_error():
    with pytest.raises(DataError, match="edited up to 3"):
        apply("a cat", [Edit(0, 3, "x"), Edit(2, 5, "y")])


@given(st.text(max_size=20), st.text(max_size=5), st.integers(0, 20), st.integers(0, 20))
def test_a_recipe_gives_the_caption_again(caption, text, a, b):
    start, end = sorted((min(a, len(caption)), min(b, len(caption))))
    edits = [Edit(start, end, text)]
    assert recaption({"edits": listed(edits)}, [caption]) == apply(caption, edits)
