import pytest

from align import relatives
from curate.dataset.wordnet import WordNet
from tests._wordnet import Entry, write_database


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    entries = [
        Entry("thing", "n", "thing", 3, related="~:animal ~:pet"),
        Entry("animal", "n", "animal", 5, above="thing", related="~:dog ~:cat"),
        Entry("pet", "n", "pet", 5, above="thing", related="~:dog"),
        Entry("dog", "n", "dog", 5, above="animal pet", related="#m:pack %p:tail"),
        Entry("cat", "n", "cat", 5, above="animal"),
        Entry("tail", "n", "tail", 8, above="thing", related="#p:dog"),
        Entry("pack", "n", "pack", 14, above="thing"),
        Entry("man", "n", "man", 18, above="thing", related="!:woman"),
        Entry("woman", "n", "woman lady", 18, above="thing", related="!:man"),
        Entry("big", "a", "big large", 0, related="!:small"),
        Entry("small", "a", "small little", 0, related="!:big"),
        Entry("huge", "a", "huge", 0, related="&:big"),
    ]
    return WordNet(write_database(tmp_path_factory.mktemp("words") / "own", entries, {}))


def named(database, ids):
    return [database.synset(id_).lemmas[0] for id_ in ids]


def of(database, lemma):
    return database.senses(lemma, "n")[0]


def test_every_way_up_is_told_from_the_meaning_to_its_root(database):
    found = [named(database, path) for path in relatives.paths(database, of(database, "dog"))]
    assert found == [["dog", "animal", "thing"], ["dog", "pet", "thing"]]
    assert relatives.depth(database, of(database, "dog")) == 2


def test_kin_are_the_other_kinds_of_what_something_is_a_kind_of(database):
    assert named(database, relatives.kin(database, of(database, "dog"))) == ["cat"]
    assert named(database, relatives.kinds(database, of(database, "animal"))) == ["dog", "cat"]


def test_parts_and_wholes_are_told_of_members_stuff_and_pieces_alike(database):
    assert named(database, relatives.wholes(database, of(database, "dog"))) == ["pack"]
    assert named(database, relatives.parts(database, of(database, "dog"))) == ["tail"]


def test_an_antonym_belongs_to_a_word_and_not_to_its_synonyms(database):
    assert relatives.antonyms(database, "woman", "n") == ["man"]
    assert relatives.antonyms(database, "lady", "n") == []
    assert named(database, relatives.opposites(database, of(database, "woman"))) == ["man"]


def test_an_adjective_without_antonym_has_those_of_what_it_is_similar_to(database):
    assert relatives.antonyms(database, "huge", "a") == ["small"]
