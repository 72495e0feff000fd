import pytest

from augment.rewriting.caption_check import description, mentions, paraphrase


@pytest.mark.parametrize(
    ("parent", "text", "reason"),
    [
        ("a red hat", "a hat that is red", None),
        ("a red hat on the left of two dogs", "two dogs with a red hat on their left side", None),
        ("a red hat", "A red hat.", "copy"),
        ("a red hat", "", "empty"),
        ("a red hat", "?!", "empty"),
        ("a red hat", "a blue hat", "colour changed"),
        ("a red hat", "a nice hat", "colour changed"),
        ("a red and blue hat", "a hat in red", "colour changed"),
        ("two dogs", "three dogs here", "number changed"),
        ("a dog on the left", "a dog on the right side", "side changed"),
        ("a dog", "a dog that sits in a very large garden", "length"),
        ("a small dog in a garden", "dog", "length"),
        ("a small dog", "dog dog dog", "repeats itself"),
        ("a small dog", "маленькая собака", "language"),
        ("a small dog in the garden", "un petit chien dans le jardin", "language"),
    ],
)
def test_a_paraphrase_keeps_what_ties_the_caption_to_its_picture(parent, text, reason):
    found = paraphrase(parent, text, "en", 0.5, 2.0)
    assert (found and found.reason) == reason


def test_a_paraphrase_without_spaces_is_as_long_as_its_letters():
    found = paraphrase(
        "庭の小さな犬", "犬が一匹、とても広い庭の真ん中に静かに座っています", "ja", 0.5, 2.0
    )
    assert found is not None
    assert found.reason == "length"
    assert paraphrase("庭の小さな犬", "庭にいる小さな犬", "ja", 0.5, 2.0) is None


def test_a_language_without_words_is_refused():
    assert paraphrase("mały pies", "piesek", "pl", 0.5, 2).reason == "no words for the language"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a dog sits", None),
        ("a dog in a red hat", None),
        ("A dog.", "copy"),
        ("a dog in a blue hat", "colour claimed"),
        ("three dogs", "number claimed"),
        ("a cat sits", "names nothing of the captions"),
    ],
)
def test_a_captioner_claims_no_more_than_the_captions(text, reason):
    captions = ["a dog", "a dog with a red hat"]
    found = description(captions, text, "en")
    assert (found and found.reason) == reason


def test_every_word_of_a_kind_is_found():
    assert sorted(mentions("red, blue and red", "en", "colour").elements()) == [
        "blue",
        "red",
        "red",
    ]
