import pytest

from augment.words import wording


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lemon", "a lemon"),
        ("apple", "an apple"),
        ("hourglass", "an hourglass"),
        ("unicorn", "a unicorn"),
        ("ukulele", "a ukulele"),
        ("umbrella", "an umbrella"),
        ("x-ray", "an x-ray"),
        ("european bear", "a european bear"),
        ("red apple", "a red apple"),
    ],
)
def test_an_article_follows_the_sound(name, told):
    assert wording.one(name) == told


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("lemon", "lemons"),
        ("fire engine", "fire engines"),
        ("box", "boxes"),
        ("watch", "watches"),
        ("cherry", "cherries"),
        ("monkey", "monkeys"),
        ("mouse", "mice"),
        ("old woman", "old women"),
        ("kitchen knife", "kitchen knives"),
        ("bus", "buses"),
        ("tomato", "tomatoes"),
        ("drum", "drums"),
    ],
)
def test_a_sure_plural_is_formed(name, many):
    assert wording.plural(name) == many
    assert wording.several(name, 3) == f"three {many}"


@pytest.mark.parametrize(
    "name",
    ["shelf", "hero", "hippopotamus", "sheep", "blowfish", "woman police officer", "man cook",
     "stadium", "game die", "brick", "horse racing", "snowman"],
)  # fmt: skip
def test_a_plural_that_could_be_wrong_is_not_formed(name):
    assert wording.plural(name) is None
    assert wording.several(name, 2) is None


def test_a_relation_is_told_with_the_places_of_its_phrases():
    placed = wording.related("a lemon", "an apple", "left")
    assert placed.text == "a lemon to the left of an apple"
    assert placed.text[slice(*placed.a)] == "a lemon"
    assert placed.text[slice(*placed.b)] == "an apple"


def test_plurals_have_the_singular_that_wordnet_knows(fetched_folder):
    from curate.dataset import wordnet

    database = wordnet.open_folder(fetched_folder)
    for name in ("lemon", "wolf", "mouse", "foot", "box", "cherry", "mango", "leaf", "ox"):
        assert name in database.base_forms(wording.plural(name), wordnet.NOUN)
