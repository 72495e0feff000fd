import pytest

from align import descriptions
from curate.dataset import wordnet


@pytest.fixture(scope="module")
def told(database_folder):
    return descriptions.of_database(wordnet.open_folder(database_folder))


def test_words_are_base_forms_without_those_that_tell_nothing(told):
    assert told.words("Big dogs held hats, used by the women") == {"big", "dog", "hold", "hat"}


def test_a_meaning_is_described_by_its_names_definition_and_what_is_above_it(told, database_folder):
    database = wordnet.open_folder(database_folder)
    (heron,) = database.senses("heron", "n")
    assert {"heron", "bird", "wading"} <= told.of(heron, 0)
    assert "animal" not in told.of(heron, 0)
    assert "animal" in told.of(heron, 1)


def test_rare_words_of_definitions_tell_more_than_usual_ones(told):
    assert told.weight("nocturnal") > told.weight("gloss")
    assert told.weigh(frozenset({"nocturnal", "gloss"})) == pytest.approx(
        told.weight("nocturnal") + told.weight("gloss")
    )
