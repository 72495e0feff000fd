import pytest

from curate.dataset.usual import meant
from curate.dataset.wordnet import WordNet
from tests._wordnet import Entry, write_database

PERSON, ARTIFACT, GROUP, STATE, SUBSTANCE, OBJECT = 18, 6, 14, 26, 27, 17  # WordNet's files


@pytest.fixture
def found(tmp_path):
    """Gloss of each sense that is meant -> uses and word."""
    entries = [
        Entry("a", "n", "man", PERSON, "adult male", counts="70"),
        Entry("b", "n", "soldier man", PERSON, "serviceman", counts="16 30"),
        Entry("c", "n", "church", GROUP, "all Christians", counts="6"),
        Entry("d", "n", "church", ARTIFACT, "building", counts="5"),
        Entry("e", "n", "thing", STATE, "matters", counts="40"),
        Entry("f", "n", "thing", ARTIFACT, "object", counts="9"),
        Entry("g", "n", "More", PERSON, "statesman", counts="52"),
        Entry("h", "n", "water", SUBSTANCE, "liquid", counts="136"),
        Entry("i", "n", "water lake", OBJECT, "body of water", counts="41 3"),
        Entry("j", "n", "rifle firearm", ARTIFACT, "gun", counts="7 8"),
        Entry("k", "n", "idea", STATE, "thought", counts="90"),
    ]
    database = WordNet(write_database(tmp_path / "words", entries, {}))
    return {database.synset(id_).gloss: told for id_, told in meant(database).items()}


def test_a_word_means_the_commonest_sense_that_a_picture_can_show(found):
    assert found["adult male"] == (70, "man")
    assert found["building"] == (5, "church")
    assert found["liquid"] == (136, "water")


def test_a_sense_that_another_word_means_is_as_usual_as_that_word(found):
    assert found["serviceman"] == (16, "soldier")
    assert found["body of water"] == (3, "lake")
    assert found["gun"] == (8, "firearm")


def test_nothing_is_meant_by_a_name_or_where_most_uses_show_nothing(found):
    assert not found.keys() & {"object", "matters", "statesman", "thought"}
    assert len(found) == 6
