import pytest

from augment.rewriting.english import agreeing, article, lowered, raised, spelt


@pytest.mark.parametrize(
    ("article_", "words"),
    [
        ("a", "cat unicorn user uniform ukulele european one-eyed ewe yak house utensil"),
        ("an", "apple hour umbrella unknown uninvited ugly honest heir onion igloo urn"),
    ],
)
def test_the_article_is_that_of_the_sound(article_, words):
    assert {word: article(word) for word in words.split()} == dict.fromkeys(words.split(), article_)


def test_a_determiner_agrees_with_what_follows_and_keeps_its_capital():
    assert agreeing("A", "old cat") == "An"
    assert agreeing("an", "cat") == "a"
    assert agreeing("the", "old cat") == "the"


def test_a_capital_that_may_be_a_names_is_not_taken_away():
    assert lowered("A cat") == "a cat"
    assert lowered("Two cats") == "two cats"
    assert lowered("cats") == "cats"
    assert lowered("Ann and a cat") is None
    assert raised("a cat") == "A cat"


@pytest.mark.parametrize(("text", "plain"), [("red hat", True), ("x-ray", True), ("SUV", False)])
def test_spelt_text_is_lower_case_words(text, plain):
    assert spelt(text) is plain
