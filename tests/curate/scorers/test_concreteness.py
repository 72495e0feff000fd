from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import wordnet
from curate.dataset.errors import DataError
from curate.scorers import concreteness
from tests._wordnet import Entry, write_database

PHYSICAL = "dog park guitar ice_cream glass building"
ABSTRACT = "joy idea love play"


@pytest.fixture
def folder(project):
    """A WordNet in which some nouns are physical entities and some are not."""
    entries = [
        Entry("physical", "n", "physical_entity", 3),
        Entry("object", "n", "object", 3, above="physical", counts="9"),
        Entry("abstract", "n", "abstraction", 3),
        *(Entry(w, "n", w, 6, above="object", counts="9") for w in PHYSICAL.split()),
        *(Entry(w, "n", w, 7, above="abstract", counts="9") for w in ABSTRACT.split()),
        Entry("later", "n", "dog", 7, above="abstract"),
        *(Entry(f"v.{w}", "v", w, 35, counts="40") for w in ("run", "eat", "build")),
        Entry("v.love", "v", "love", 35, counts="40"),
        Entry("a.red", "a", "red", 0, counts="9"),
    ]
    return write_database(Path("wordnet"), entries, {"ran": "run", "running": "run"})


def measured(folder, caption):
    return concreteness.measure(wordnet.open_folder(folder.resolve()), caption)


@pytest.mark.parametrize(
    ("caption", "nouns", "verbs", "share"),
    [
        ("Two red dogs running in a park", 2, 1, 1.0),
        ("The joy of a dog", 2, 0, 0.5),
        ("An idea", 1, 0, 0.0),
        ("ice cream", 1, 0, 1.0),  # one noun of two words
        ("A building", 1, 0, 1.0),  # as a noun more often than as a form of build
        ("A dog eats; love and joy", 3, 1, 1 / 3),
        ("of the and", 0, 0, None),
        ("", 0, 0, None),
    ],
)
def test_nouns_verbs_and_the_share_of_things(folder, caption, nouns, verbs, share):
    found = measured(folder, caption)
    assert (found["nouns"], found["verbs"]) == (nouns, verbs)
    assert found["concreteness"] == (share and pytest.approx(share))


@pytest.mark.parametrize(
    ("caption", "share"),
    [
        ("the dogs ran", 0.0),
        ("a god gdo", 2 / 3),
        ("dog xk7 rzq", 2 / 3),
        ("ice cream in the parq", 0.2),
        ("12 34", None),
    ],
)
def test_words_that_wordnet_does_not_hold_are_counted(folder, caption, share):
    assert measured(folder, caption)["unknown"] == (share and pytest.approx(share))


def test_a_caption_of_another_language_has_no_measures(folder):
    texts = {"uid": list("abc"), "caption": ["a dog"] * 3, "lang": ["en", "de", "en-GB"]}
    table = concreteness.score(pa.table(texts), concreteness.Params(wordnet=folder))
    assert table.column("concreteness").to_pylist() == [1.0, None, 1.0]
    assert table.column("nouns").to_pylist() == [1, None, 1]
    assert table.schema.equals(concreteness.SCHEMA)


def test_wordnet_is_read_from_the_archive_of_its_package(packages):
    params = concreteness.Params(wordnet=packages / "wordnet-base.tgz")
    rows = pa.table({"uid": ["a"], "caption": ["a cat sits"], "lang": ["en"]})
    (row,) = concreteness.score(rows, params).to_pylist()
    assert (row["nouns"], row["verbs"]) == (1, 1)


def test_other_files_have_another_fingerprint_and_none_is_an_error(folder):
    params = concreteness.Params(wordnet=folder)
    before = concreteness.fingerprint(params)
    with (folder / "cntlist.rev").open("a") as counts:
        counts.write("dog%1:06:00:: 1 5\n")
    assert concreteness.fingerprint(params) != before
    with pytest.raises(DataError, match="no WordNet at nowhere: `dvc repro fetch`"):
        concreteness.fingerprint(concreteness.Params(wordnet=Path("nowhere")))
