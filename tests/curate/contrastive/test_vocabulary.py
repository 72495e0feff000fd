import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.contrastive import vocabulary

CAPTIONS = ["a red circle", "a blue circle", "ein rotes Quadrat", "красный круг", "赤い丸"] * 3
DUMP = f"""
from curate.contrastive import vocabulary
print(vocabulary.learn({CAPTIONS!r}, 300).to_str())
"""


@pytest.fixture(scope="module")
def tokenizer():
    return vocabulary.learn(CAPTIONS, 300)


def test_special_tokens_have_the_ids_that_the_towers_expect(tokenizer):
    found = [tokenizer.token_to_id(token) for token in vocabulary.SPECIAL]
    assert found == [
        vocabulary.PAD,
        vocabulary.UNKNOWN,
        vocabulary.START,
        vocabulary.END,
        vocabulary.MASK,
    ]


def test_every_process_learns_the_same_tokens(tokenizer):
    other = subprocess.run(
        [sys.executable, "-c", DUMP], capture_output=True, text=True, check=True
    ).stdout
    assert other.strip() == tokenizer.to_str()


def test_the_order_of_captions_does_not_matter(tokenizer):
    assert vocabulary.learn(CAPTIONS[::-1], 300).to_str() == tokenizer.to_str()


@given(st.text())
def test_no_text_is_unknown(tokenizer, text):
    assert vocabulary.UNKNOWN not in tokenizer.encode(text, add_special_tokens=False).ids


def test_parts_put_together_give_their_token(tokenizer):
    parts = vocabulary.parts(tokenizer)
    assert len(parts) == tokenizer.get_vocab_size() - 261  # all but bytes and special tokens
    for token, (left, right) in parts.items():
        texts = (tokenizer.id_to_token(number) for number in (left, right))
        assert "".join(texts) == tokenizer.id_to_token(token)


def test_case_is_folded(tokenizer):
    assert tokenizer.encode("A RED Circle").ids == tokenizer.encode("a red circle").ids


def test_rows_are_framed_padded_and_cut():
    rows = vocabulary.framed([[7, 8, 9, 10], [7], []], context=5)
    start, end, pad = vocabulary.START, vocabulary.END, vocabulary.PAD
    expected = [[start, 7, 8, 9, end], [start, 7, end, pad, pad], [start, end, pad, pad, pad]]
    np.testing.assert_array_equal(rows, expected)
