from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from align.labelers import knowledge, scene
from curate.dataset import tables
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.reports.sections import coverage

LINKED = {  # colour of a circle whose caption names it -> sense
    "red": ("n1", "cat", "cat.n.01", "noun.animal"),
    "green": ("n1", "cat", "cat.n.01", "noun.animal"),
    "blue": ("n2", "hat", "hat.n.01", "noun.artifact"),
    "gold": ("n3", "circle", "circle.n.01", "noun.shape"),
    "navy": ("n4", "idea", "idea.n.01", "noun.cognition"),
}


def write(labeler, name, schema, key, rows):
    table = pa.Table.from_pylist([dict(zip(schema.names, r, strict=True)) for r in rows], schema)
    tables.write(table, Path(f"data/labels/{labeler}/{name}.parquet"), key, schema)


@pytest.fixture
def look(drawn_project):
    """What the section says of a frozen project with labels."""
    uids = {colour: row["uid"] for colour, row in drawn_project.circles.items()}
    links = [(uids[c], 0, synset, lemma, 1, "first") for c, (synset, lemma, *_) in LINKED.items()]
    senses = sorted({(s, name, "what it is", field) for s, _, name, field in LINKED.values()})
    write("knowledge", "links", knowledge.LINKS, ("uid", "node"), links)
    write("knowledge", "synsets", knowledge.SYNSETS, ("synset",), senses)
    edges = [(uids["red"], 0, 0, 1, "next to", "next to", 0, 1)]
    edges += [(uids[c], 0, 0, 1, "on", "on", 0, 1) for c in ("green", "blue")]
    edges.append((uids["black"], 0, 0, 1, "under", "under", 0, 1))  # it is in no snapshot
    write("scene", "edges", scene.EDGES, ("uid", "edge"), edges)
    drawn_project.freeze()

    def run(few=2, labels=Path("data/labels")):
        paths = Paths(
            Path("data/pool"), Path("data/decisions"), labels=labels, snapshot=Path("data/snapshot")
        )
        inputs = Inputs(paths, Path("reports/index.html"))
        return coverage.section(inputs, None, SimpleNamespace(few=few))

    return run


def test_a_concept_in_few_pictures_is_scarce(look):
    found = look()
    assert (found["concepts"], found["scarce"]) == (3, 2)  # an idea is no thing to be shown
    fields = {f["field"]: (f["concepts"], f["scarce"]) for f in found["fields"]}
    assert fields == {"animal": (1, 0), "artifact": (1, 1), "shape": (1, 1)}
    assert look(few=1)["scarce"] == 0


def test_what_is_scarce_but_was_dropped_names_the_rule(look):
    (circle,) = look()["had"]  # the black circle was dropped
    assert (circle["lemma"], circle["images"]) == ("circle", 1)
    assert (circle["dropped"], circle["rule"]) == (1, "clip")


def test_what_is_scarce_and_was_not_dropped_is_to_be_crawled(look):
    found = look()
    assert [concept["lemma"] for concept in found["gone"]] == ["hat"]
    assert found["all_gone"] == 1


def test_languages_and_relations_are_those_of_the_snapshot(look):
    found = look()
    languages = [(row["lang"], row["pairs"], row["images"]) for row in found["languages"]]
    assert languages == [("en", 7, 7), ("fr", 1, 1)]
    assert found["places"][:2] == [("on", 2), ("next to", 1)]
    assert ("under", 0) in found["places"]


def test_without_labels_it_says_what_to_run(look):
    with pytest.raises(NotRun, match="label@knowledge"):
        look(labels=Path("nowhere"))
