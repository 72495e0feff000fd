import pytest

from curate.dataset import wordnet
from curate.dataset.errors import DataError, SourceError


@pytest.fixture(scope="module")
def database(database_folder):
    return wordnet.open_folder(database_folder)


def names(database, ids):
    return [database.synset(id_).name for id_ in ids]


def test_senses_come_in_the_database_s_order(database):
    assert names(database, database.senses("bat", "n")) == ["bat.n.01", "bat.n.02"]


def test_a_synset_holds_what_its_line_says(database):
    synset = database.synset(database.senses("bat", "n")[0])
    assert synset.lemmas == ("bat", "chiropteran")
    assert synset.lexfile == "noun.animal"
    assert synset.gloss == "nocturnal mouselike animal"
    assert names(database, synset.hypernyms) == ["animal.n.01"]


def test_ancestors_are_all_that_lies_above_nearest_first(database):
    (id_,) = database.senses("great blue heron", "n")
    assert names(database, database.ancestors(id_)) == ["heron.n.01", "animal.n.01", "thing.n.01"]


def test_base_forms_follow_the_exceptions_and_the_endings(database):
    assert database.base_forms("women", "n") == ["woman"]
    assert database.base_forms("boxes", "n") == ["box"]
    assert database.base_forms("sitting", "v") == ["sit"]
    assert database.base_forms("riding", "v") == ["ride"]
    assert database.base_forms("sat", "v") == ["sit"]
    assert database.base_forms("candy canes", "n") == ["candy cane"]
    assert database.base_forms("dogs", "a") == []


def test_counts_are_of_a_lemma_or_of_one_sense(database):
    assert database.count("bug", "n") == 50
    assert database.count("bug", "n", 1) == 50
    assert database.count("bug", "n", 2) == 0


def test_an_unknown_synset_is_named_in_the_error(database):
    with pytest.raises(DataError, match="n99999999"):
        database.synset("n99999999")


def test_an_offset_that_starts_no_line_is_no_synset(database):
    inside = f"n{int(database.senses('bat', 'n')[0][1:]) + 1:08d}"
    with pytest.raises(DataError, match="no synset"):
        database.synset(inside)


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(DataError, match="no WordNet folder"):
        wordnet.WordNet(tmp_path)


def test_the_files_are_found_inside_a_fetched_package(packages, project):
    folder = wordnet.folder_of(packages, "wordnet-base")
    database = wordnet.open_folder(folder)
    assert names(database, database.senses("kite", "n")) == ["kite.n.01", "kite.n.02"]


def test_a_missing_package_says_what_to_fetch(tmp_path, project):
    with pytest.raises(SourceError, match="wordnet-base"):
        wordnet.folder_of(tmp_path, "wordnet-base")


def test_the_fetched_database_is_read_whole(fetched_folder):
    database = wordnet.open_folder(fetched_folder)
    (dog, *_) = database.senses("dog", "n")
    assert dog == "n02084071"
    assert database.synset(dog).name == "dog.n.01"
    assert "carnivore.n.01" in names(database, database.ancestors(dog))
    assert database.base_forms("traffic lights", "n") == ["traffic light"]
    assert database.count("dog", "n", 1) == 42
