"""Captions against references: official figures, and figures worked out by hand."""

import math

import pyarrow as pa
import pytest

from curate.dataset.errors import DataError
from tests.train.tasks import _made
from train.tasks.metrics import captions

TOLD = [
    ("a red apple on a table", "a red apple lies on a table", "an apple on the table"),
    ("two dogs run", "two dogs run in the park", "dogs running"),
    ("a cat", "a black cat sits"),
]


def measured(*told, lang="en", ended=None):
    """Figures of captions, each with its references behind it."""
    table = _made.table(
        *({"answers": [*right], "scores": [1.0] * len(right), "lang": lang} for _, *right in told)
    )
    given = _made.given(*(caption for caption, *_ in told))
    if ended is not None:
        at = given.schema.get_field_index("ended")
        given = given.set_column(at, given.schema.field(at), pa.array(ended, pa.bool_()))
    return captions.measure(table, given)


def test_figures_are_those_of_cocos_evaluator():
    found = measured(*TOLD)  # by pycocoevalcap 1.2, of the same words
    assert found["cider"] == pytest.approx(2.571769522111397)
    assert found["bleu_1"] == pytest.approx(1.0)
    assert found["bleu_2"] == pytest.approx(0.9354143465074656)
    assert found["bleu_3"] == pytest.approx(0.8067143228270944)
    assert found["bleu_4"] == 0  # the evaluator adds a little, so as to have 0.0001150
    assert found["rouge_l"] == pytest.approx(0.722726573318972)


def test_bleu_is_of_all_captions_together_and_punishes_short_ones():
    found = measured(("a dog", "a dog on the mat"), ("the red cat", "the blue cat"))
    assert found["bleu_1"] == pytest.approx(4 / 5 * math.exp(1 - 8 / 5))
    assert found["bleu_2"] == pytest.approx((4 / 5 * 1 / 3) ** 0.5 * math.exp(1 - 8 / 5))


def test_longest_common_words_need_not_stand_together():
    found = measured(("the cat on a mat", "a cat sat on the mat", "the dog"))
    assert captions.words("the cat on a mat", "en") == ("the", "cat", "on", "a", "mat")
    precision, recall = 3 / 5, 3 / 6
    of_other = 1 / 2  # the dog
    assert recall == of_other
    expected = (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert found["rouge_l"] == pytest.approx(expected)


def test_what_every_picture_is_told_by_earns_nothing():
    found = measured(("a thing", "a thing here"), ("a thing", "a thing there"))
    assert found["cider"] == pytest.approx(0)
    right = measured(("one red dog runs", "one red dog runs"), ("a cat", "a blue cat sits there"))
    assert right["cider"] > 5  # wholly right is 10, of one of two


def test_wording_is_counted_by_hand():
    found = measured(
        ("red red red", "a red dog"), ("a dog a dog", "a dog"), ("", "x"), ended=[False, True, None]
    )
    assert found["repeated_words"] == pytest.approx((2 + 2) / 7)
    assert found["repeated_pairs"] == pytest.approx((1 + 1) / 5)
    assert found["distinct_1"] == pytest.approx(3 / 7)
    assert found["distinct_2"] == pytest.approx(3 / 5)
    assert found["length"] == pytest.approx((7 / 3) / 2)
    assert found["unended"] == pytest.approx(2 / 3)  # the third was not written


def test_what_was_not_answered_has_no_words():
    found = measured((None, "a dog"), ("a cat", "a cat"), ended=[None, True])
    assert found["rouge_l"] == pytest.approx(1 / 2)
    assert found["unended"] == pytest.approx(1 / 2)  # nor have they come to their end


def test_each_language_is_measured_by_itself_and_counts_alike():
    table = _made.table(
        _made.right("a red dog", lang="en"),
        _made.right("ein Hund", lang="de"),
        _made.right("eine Katze", lang="de"),
    )
    found = captions.measure(table, _made.given("a red dog", "eine Katze", "eine Katze"))
    assert found["languages"]["en"]["rouge_l"] == 1
    assert found["languages"]["de"]["rouge_l"] == 1 / 2
    assert found["rouge_l"] == 3 / 4
    assert found["languages"]["de"]["examples"] == 2
    assert found["examples"] == 3
    assert next(iter(found)) == "cider"


def test_captions_are_compared_by_words_whatever_the_language():
    assert captions.words("Geht's “gut”, 2 Rad-Fahrer!", "de") == (
        *("geht", "s", "gut", "2", "rad-fahrer"),
    )
    assert captions.words("A dog's “Tail”, 2 cats!", "en-GB") == (
        *("a", "dog", "'s", "tail", "2", "cats"),
    )
    assert captions.words("かき氷 красный КРУГ नमस्ते", "ja") == (
        *("か", "き", "氷", "красный", "круг", "नमस्ते"),
    )
    assert captions.words("Tシャツを着た人々", "ja") == (*"tシャツを着た人々",)
    assert captions.words("ที่นั่ง", "th") == ("ที่", "นั่", "ง")
    for lang in ("en", "de", "th"):
        assert captions.words("... — !", lang) == ()


def test_a_caption_that_leaves_out_an_apostrophe_shares_no_word_with_one_that_has_it():
    right, wrong = measured(("it isn't red", "it isn't red")), measured(("it isnt", "isn't it"))
    assert right["bleu_4"] == pytest.approx(1)  # it, is, n't, red
    assert wrong["bleu_1"] == pytest.approx(1 / 2 * math.exp(1 - 3 / 2))


def test_an_example_without_a_reference_is_named():
    with pytest.raises(DataError, match="example '0' has no reference with words"):
        measured(("a dog", "!"))
