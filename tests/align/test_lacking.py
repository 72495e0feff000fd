import json

import pyarrow as pa
import pytest

from align.labelers import knowledge
from align.lacking import rank, shown
from align.lacking_command import lacking
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.dataset.wordnet import WordNet
from tests._wordnet import Entry, write_database

USUAL = {"dog": 20, "cat": 15, "horse": 10, "cow": 10, "hen": 6, "axolotl": 1}


def entries():
    kinds = [Entry(n, "n", n, 5, above="animal", counts=str(c)) for n, c in USUAL.items()]
    return [
        Entry("thing", "n", "thing", 3, counts="9"),
        Entry("animal", "n", "animal", 3, above="thing", counts="9"),
        Entry("poodle", "n", "poodle", 5, above="dog"),
        Entry("hat", "n", "hat", 6, above="thing", counts="2"),
        *kinds,
    ]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return WordNet(write_database(tmp_path_factory.mktemp("words") / "own", entries(), {}))


def of(database, lemma):
    return database.senses(lemma, "n")[0]


def pictures(database):
    """Twelve dogs, one of them a poodle, and a hat."""
    links = [(f"dog{i}", of(database, "dog")) for i in range(11)]
    links += [("poodle", of(database, "poodle")), ("hat", of(database, "hat"))]
    return shown(links, database)


def test_a_picture_of_a_kind_shows_all_that_is_above_it(database):
    found = pictures(database)
    assert len(found[of(database, "dog")]) == len(found[of(database, "animal")]) == 12
    assert len(found[of(database, "thing")]) == 13


def test_twelve_dogs_and_no_cats_make_cats_lacking_and_not_dogs(database):
    found = rank(pictures(database), database)
    assert [entry.name for entry in found] == ["cat", "cow", "horse", "hen"]
    cat = found[0]
    assert (cat.images, cat.above) == (0, "animal")
    assert cat.expected == pytest.approx(12 * 15 / 61, abs=0.05)
    assert cat.kin[0] == ("dog", 12)


def test_what_texts_seldom_name_and_what_too_few_pictures_measure_is_not_lacking(database):
    assert "axolotl" not in {entry.name for entry in rank(pictures(database), database)}
    few = shown([("dog", of(database, "dog"))], database)
    assert rank(few, database) == []


def test_only_kinds_of_what_is_asked_for_are_told(database):
    assert rank(pictures(database), database, below=of(database, "hat")) == []
    below = rank(pictures(database), database, below=of(database, "animal"))
    assert below == rank(pictures(database), database)


@pytest.fixture
def labelled(project, tmp_path, capsys):
    """A project with twelve pictures of dogs, and a dropped one of a cat."""
    import tarfile

    data = project / "data"
    folder = write_database(tmp_path / "words", entries(), {})
    (data / "packages").mkdir(parents=True)
    with tarfile.open(data / "packages/wordnet-base.tgz", "w:gz") as tar:
        tar.add(folder, "package/usr/share/wordnet")
    database = WordNet(folder)
    rows = [(f"u{i}", f"i{i}", "a dog") for i in range(12)] + [("u99", "i99", "two Cats")]
    blank = {f.name: "" if pa.types.is_string(f.type) else 0 for f in record.PAIRS}
    pairs = [
        blank | {"uid": uid, "image": image, "caption": caption, "lang": "en"}
        for uid, image, caption in rows
    ]
    decisions = [
        {"uid": uid, "kept": uid != "u99", "reason": "clip", "margin": 0.0, "failed": [],
         "margins": []}
        for uid, *_ in rows
    ]  # fmt: skip
    links = [
        {"uid": uid, "node": 0, "synset": of(database, "dog"), "lemma": "dog", "rank": 1,
         "method": "only"}
        for uid, *_ in rows[:-1]
    ]  # fmt: skip
    for file, key, schema, told in (
        ("pool/pairs", "uid", record.PAIRS, pairs),
        ("decisions/pool", "uid", record.DECISIONS, decisions),
        ("labels/knowledge/links", ("uid", "node"), knowledge.LINKS, links),
    ):
        tables.write(pa.Table.from_pylist(told, schema), data / f"{file}.parquet", key, schema)

    def run(*args, **options):
        lacking(*args, **{"most": 2, "usual": 5, "pairs": 2, **options})
        return capsys.readouterr().out.splitlines()

    return run


def test_the_command_tells_what_is_lacking_and_which_dropped_pairs_have_it(labelled):
    assert labelled("animal")[:2] == [
        "cat: 0 pictures, 3 expected; of other kinds of animal: dog 12",
        "  dropped by clip: 'two Cats' (u99)",
    ]
    (first, _) = map(json.loads, labelled(as_json=True))
    assert (first["name"], first["images"]) == ("cat", 0)
    assert first["dropped"] == [{"uid": "u99", "caption": "two Cats", "rule": "clip"}]
    assert labelled("hat") == ["Nothing that texts name 5 times is lacking"]


def test_an_unknown_word_is_an_error_that_says_how_to_name_one(labelled):
    with pytest.raises(ParamsError, match=r"no noun 'dgo'; say a word, or a sense as dog\.n\.01"):
        labelled("dgo")


@pytest.mark.parametrize("name", ["dog.n.x", "dog.n.", "dog.n.00", "dog.n.02"])
def test_a_sense_that_there_is_not_is_not_taken_for_the_commonest(labelled, name):
    with pytest.raises(ParamsError, match="no noun"):
        labelled(name)
