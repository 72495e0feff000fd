import numpy as np
import pyarrow as pa
import pytest

from align import clues, descriptions
from curate.dataset import wordnet


@pytest.fixture(scope="module")
def database(database_folder):
    return wordnet.open_folder(database_folder)


@pytest.fixture(scope="module")
def told(database):
    return descriptions.of_database(database)


def images(vectors):
    half = pa.list_(pa.float16())
    vectors = [np.asarray(v, np.float16) for v in vectors.values()], list(vectors)
    return pa.table({"image": vectors[1], "vector": pa.array(vectors[0], half)})


def test_a_place_is_the_folders_of_a_url_or_package_and_the_names_of_what_is_shown(told):
    package = "pkg:deb/debian/stamps#usr/share/stamps/wild_animals/big-cats/tiger.png"
    assert {"animal", "cat", "wild"} <= clues.place(package, [], told)
    page = "http://host.example/image/flying%20kites/1.png?size=moons"
    assert clues.place(page, ["animal bug"], told) == {"flying", "kite", "animal", "bug"}


def test_a_topic_is_of_unit_length_and_needs_many_nouns(database, told):
    (heron,) = database.senses("heron", "n")
    found = clues.topics([("birds", heron)] * 150 + [("few", heron)] * 10, told)
    assert set(found) == {"birds"}
    assert sum(w * w for w in found["birds"].values()) == pytest.approx(1)
    assert {"heron", "bird", "animal"} <= set(found["birds"])
    read = clues.topics_of(clues.topics_table(found))
    assert read["birds"] == pytest.approx(found["birds"], abs=1e-6)


def test_a_picture_looks_like_those_that_show_the_same_field_of_meaning(database):
    draw = np.random.default_rng(3)
    kinds = {"n": [1.0, 0.0, 0.2], "h": [0.0, 1.0, 0.2]}
    vectors = {f"{k}{i}": v + draw.normal(0, 0.05, 3) for k, v in kinds.items() for i in range(9)}
    (heron,), (hat,) = database.senses("heron", "n"), database.senses("hat", "n")
    meant = [(f"n{i}", heron) for i in range(7)] + [(f"h{i}", hat) for i in range(7)]
    known = clues.looks_of(
        clues.looks_table(clues.looks([*meant, ("n0", hat)], images(vectors), database))
    )
    assert {k: n for k, (n, _) in known.items()} == {
        "mean": 18, "noun.animal": 7, "noun.artifact": 8,
    }  # fmt: skip
    seen = clues.seen(["n8", "h8", "none"], images(vectors), known)
    assert set(seen) == {"n8", "h8"}
    assert seen["n8"]["noun.animal"] > 0.5 > seen["n8"]["noun.artifact"]
    assert seen["h8"]["noun.artifact"] > 0.5 > seen["h8"]["noun.animal"]


def test_without_embeddings_nothing_is_known_of_looks(database):
    empty = images({})
    assert clues.looks([], empty, database) == {}
    assert clues.seen(["a"], empty, {}) == {}
