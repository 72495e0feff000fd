from pathlib import Path

import pyarrow as pa
import pytest

from align.labelers import knowledge, scene
from curate import coverage
from curate.dataset import tables, wordnet
from curate.dataset.errors import DataError
from curate.dataset.usual import meant
from curate.reports.inputs import Inputs, Paths
from curate.reports.sections import coverage as shown

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
def look(drawn_project, packages):
    """What the stage finds in a frozen project with labels."""
    uids = {colour: row["uid"] for colour, row in drawn_project.circles.items()}
    links = [
        (uids[c], 0, synset, lemma, 1, "first", None) for c, (synset, lemma, *_) in LINKED.items()
    ]
    senses = sorted({(s, name, "what it is", field) for s, _, name, field in LINKED.values()})
    write("knowledge", "links", knowledge.LINKS, ("uid", "node"), links)
    write("knowledge", "synsets", knowledge.SYNSETS, ("synset",), senses)
    edges = [(uids["red"], 0, 0, 1, "next to", "next to", 0, 1, 1.0)]
    edges += [(uids[c], 0, 0, 1, "on", "on", 0, 1, 1.0) for c in ("green", "blue")]
    edges.append((uids["gold"], 0, 0, 1, "to left of", "to left of", 0, 1, 1.0))
    edges.append((uids["black"], 0, 0, 1, "under", "under", 0, 1, 1.0))  # it is in no snapshot
    write("scene", "edges", scene.EDGES, ("uid", "edge"), edges)
    drawn_project.freeze()

    def run(labels=Path("data/labels"), **options):
        folders = (Path("data/pool"), Path("data/decisions"), labels, Path("data/snapshot"))
        values = {"few": 2, "usual": 10**9, **options}
        return coverage.main(*folders, packages, coverage.CoverageParams(**values))

    return run


def by_name(entries):
    return {entry["what"]: entry for entry in entries}


def test_a_concept_in_few_pictures_is_scarce(look):
    found = look()["concepts"]
    assert (found["there"], found["scarce"], found["absent"]) == (3, 2, 0)  # an idea is no thing
    fields = {f["field"]: (f["concepts"], f["scarce"]) for f in found["fields"]}
    assert fields == {"animal": (1, 0), "artifact": (1, 1), "shape": (1, 1)}
    assert look(few=1)["concepts"]["scarce"] == 0


def test_what_was_dropped_names_the_rule_and_what_was_not_is_to_be_crawled(look):
    concepts = by_name(look()["next"]["concepts"])
    assert set(concepts) == {"circle", "hat"}
    circle, hat = concepts["circle"], concepts["hat"]
    assert (circle["have"], circle["missing"]) == (1, 1)
    # the black circle was dropped
    assert (circle["action"], circle["dropped"], circle["rule"]) == ("keep", 1, "clip")
    assert (hat["action"], hat["query"], hat["share"]) == ("crawl", "hat", 1.0)
    assert hat["make"] == {"method": "geometric", "each": 1}  # one more of its one picture


def test_usual_concepts_that_no_caption_names_are_wanted_most(look, database_folder):
    database = wordnet.open_folder(database_folder)
    uses = {lemma: n for n, lemma in meant(database).values()}
    found = look(usual=1)
    entries = found["next"]["concepts"]
    absent = [entry for entry in entries if entry["have"] == 0]
    assert found["concepts"]["absent"] == len(absent) > 0
    for entry in absent:
        assert entry["usual"] == uses[entry["what"]]
        assert entry["weight"] == 1 + entry["usual"]  # all of it is missing
        assert "make" not in entry  # nothing to make it from
    assert [entry["rank"] for entry in entries] == list(range(1, len(entries) + 1))
    weights = [entry["weight"] for entry in entries]
    assert weights == sorted(weights, reverse=True)
    assert len(look(usual=1, listed=2)["next"]["concepts"]) == 2


def test_relations_are_those_of_the_snapshot_and_those_in_space_come_first(look):
    found = look()
    assert found["relations"]["places"][0] == ("on", 2)
    relations = by_name(found["next"]["relations"])
    assert "on" not in relations
    assert (relations["next to"]["have"], relations["next to"]["missing"]) == (1, 1)
    assert relations["under"]["have"] == 0
    assert relations["under"]["weight"] > relations["next to"]["weight"]


def test_a_relation_has_one_name_whatever_words_say_it(look):
    found = look()
    assert dict(found["relations"]["places"])["left of"] == 1
    relations = by_name(found["next"]["relations"])
    assert relations["left of"]["have"] == 1
    assert "to left of" not in relations


def test_languages_that_caption_too_few_pictures_lack_so_many(look):
    found = look(share=0.5, languages=("ja",))
    counts = [(row["lang"], row["pairs"], row["images"]) for row in found["languages"]]
    assert counts == [("en", 7, 7), ("fr", 1, 1), ("ja", 0, 0)]
    languages = by_name(found["next"]["languages"])
    wanted = -(-7 // 2)
    assert (languages["ja"]["missing"], languages["fr"]["missing"]) == (wanted, wanted - 1)
    assert languages["ja"]["rank"] == 1
    assert "source" not in languages["ja"]  # no source has it
    assert languages["fr"]["source"]


def test_only_crawled_sources_are_to_be_crawled_whatever_made_pairs_are_rich_in(look):
    made = [
        row["uid"]
        for row in tables.read(Path("data/snapshot/manifest.parquet")).to_pylist()
        if row["parent"]
    ]
    assert made
    edges = tables.read(Path("data/labels/scene/edges.parquet")).to_pylist()
    edges += [{**edges[0], "uid": uid} for uid in made]
    links = tables.read(Path("data/labels/knowledge/links.parquet")).to_pylist()
    links += [{**link, "uid": uid} for link in links if link["lemma"] == "hat" for uid in made]
    for labeler, name, schema, key, rows in (
        ("scene", "edges", scene.EDGES, ("uid", "edge"), edges),
        ("knowledge", "links", knowledge.LINKS, ("uid", "node"), links),
    ):
        table = pa.Table.from_pylist(rows, schema)
        tables.write(table, Path(f"data/labels/{labeler}/{name}.parquet"), key, schema)
    found = look(few=10)["next"]
    sources = [entry.get("source") for entries in found.values() for entry in entries]
    assert "drawn" in sources
    assert set(sources) <= {"drawn", None}
    assert by_name(found["relations"])["near"]["share"] < 1


def test_without_labels_it_says_what_to_run(look):
    with pytest.raises(DataError, match="label@knowledge"):
        look(labels=Path("nowhere"))


def test_the_report_shows_what_the_stage_wrote(look):
    import json

    Path("metrics").mkdir()
    Path("metrics/coverage.json").write_text(json.dumps(look()))
    paths = Paths(Path("data/pool"), Path("data/decisions"), figures=Path("metrics"))
    section = shown.section(Inputs(paths, Path("reports/index.html")), None, None)
    assert section["lists"]["concepts"]["all"] == 2
    assert [row["what"] for row in section["lists"]["concepts"]["rows"]]
