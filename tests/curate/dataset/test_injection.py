import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.dataset.errors import DataError
from curate.dataset.injection import Branch, inject

# [CLS] Tim Cook visits Beijing now [SEP], the example of the paper's figure 2
TOKENS = [101, 1, 2, 3, 4, 5, 102]
SPANS = [(0, 0), (0, 3), (4, 8), (9, 15), (16, 23), (24, 27), (0, 0)]
CEO = Branch(0, 8, [20, 21])  # Tim Cook: CEO Apple
CAPITAL = Branch(16, 23, [30, 31])  # Beijing: capital China
CITY = Branch(16, 23, [32, 33, 34])  # Beijing: is a city


def test_facts_stand_behind_their_words_with_positions_of_a_tree():
    tree = inject(TOKENS, SPANS, [CEO, CAPITAL, CITY])
    assert tree.tokens.tolist() == [101, 1, 2, 20, 21, 3, 4, 30, 31, 32, 33, 34, 5, 102]
    assert tree.positions.tolist() == [0, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 5, 6]
    assert tree.tokens[tree.trunk].tolist() == TOKENS


def test_a_fact_and_its_words_see_each_other_and_nothing_else_sees_it():
    tree = inject(TOKENS, SPANS, [CEO, CAPITAL, CITY])
    at = {token: place for place, token in enumerate(tree.tokens.tolist())}

    def sees(a, b):
        return bool(tree.visible[at[a], at[b]])

    assert sees(20, 21)
    assert sees(20, 1)
    assert sees(2, 21)
    assert not sees(20, 101)
    assert not sees(3, 20)
    assert not sees(20, 30)
    assert not sees(30, 32)  # two facts of one word
    assert sees(1, 5)
    assert sees(101, 4)


def test_without_facts_it_is_the_caption_as_it_was():
    tree = inject(TOKENS, SPANS, [])
    assert tree.tokens.tolist() == TOKENS
    assert tree.positions.tolist() == list(range(7))
    assert tree.visible.all()
    assert tree.trunk.all()


def test_the_last_facts_are_left_out_where_there_is_no_room():
    tree = inject(TOKENS, SPANS, [CEO, CAPITAL, CITY], most=11)
    assert tree.tokens.tolist() == [101, 1, 2, 20, 21, 3, 4, 30, 31, 5, 102]


def test_facts_of_words_that_were_cut_off_are_left_out():
    tree = inject(TOKENS[:4], SPANS[:4], [CEO, CAPITAL])
    assert tree.tokens.tolist() == [101, 1, 2, 20, 21, 3]


def test_tokens_without_spans_and_captions_without_room_are_errors():
    with pytest.raises(DataError, match="7 tokens have 6 spans"):
        inject(TOKENS, SPANS[:-1], [])
    with pytest.raises(DataError, match="does not fit in 6"):
        inject(TOKENS, SPANS, [], most=6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 4)), max_size=6))
def test_visibility_is_mutual_and_the_caption_is_never_changed(facts):
    branches = [
        Branch(SPANS[1 + min(a, b)][0], SPANS[1 + max(a, b)][1], list(range(200, 200 + n)))
        for a, b, n in facts
    ]
    tree = inject(TOKENS, SPANS, branches)
    assert np.array_equal(tree.visible, tree.visible.T)
    assert tree.visible.diagonal().all()
    assert tree.tokens[tree.trunk].tolist() == TOKENS
    assert tree.positions[tree.trunk].tolist() == list(range(7))
    assert tree.visible[np.ix_(tree.trunk, tree.trunk)].all()
    assert len(tree.tokens) == 7 + sum(n for *_, n in facts)
