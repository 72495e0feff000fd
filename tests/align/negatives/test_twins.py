import pytest

from align import parser
from align.negatives import twins
from align.negatives import words as lexicon

CAPTIONS = [
    ("en", "man: dark skin tone", "woman: dark skin tone", "man: dark skin colour"),
    ("de", "Mann: dunkle Hautfarbe", "Frau: dunkle Hautfarbe", "Mann: dunkle Hauttönung"),
    ("ja", "男性: 濃い肌色", "女性: 濃い肌色", "男性: 濃い肌の色"),
]


@pytest.mark.parametrize(("lang", "caption", "negative", "expected"), CAPTIONS)
def test_a_word_that_both_have_becomes_one_that_means_the_same(lang, caption, negative, expected):
    found = list(twins.by_words(caption, negative, lexicon.of(lang)))
    assert expected in [twin.caption for twin in found]
    for twin in found:  # caption and negative differ as before
        assert twin.caption != twin.negative


def test_a_word_that_the_negative_lost_is_no_twin():
    assert not list(twins.by_words("a large box", "a small box", lexicon.of("en")))


def test_the_members_of_a_conjunction_change_places(words):
    caption, negative = "a red dog and a cat", "a white dog and a cat"
    graphs = [parser.parse(text, words) for text in (caption, negative)]
    (twin,) = twins.by_order(caption, graphs[0], negative, graphs[1])
    assert (twin.caption, twin.negative) == ("a cat and a red dog", "a cat and a white dog")


def test_other_captions_have_no_order_to_change(words):
    for caption in ("a dog in a box", "a dog and a cat in a box", "A dog and a cat"):
        graph = parser.parse(caption, words)
        assert not list(twins.by_order(caption, graph, caption, graph))


@pytest.mark.parametrize("draw", [0.0, 0.999])
@pytest.mark.parametrize("lang", lexicon.languages_known())
def test_any_caption_has_a_frame_which_its_negative_gets_too(lang, draw):
    twin = twins.framed("one.", "other.", lexicon.of(lang), draw)
    assert twin.caption.replace("one", "other") == twin.negative != "other."
