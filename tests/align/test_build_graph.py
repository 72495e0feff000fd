from pathlib import Path

import networkx as nx
import pyarrow as pa
import pytest

from align import build_graph
from align.graph import SnapshotGraph
from align.graphs import layout
from curate.dataset import tables
from curate.dataset.errors import DataError

GRAPH = Path("graph")


def rows(name):
    """A table of all parts, as sorted tuples."""
    table = SnapshotGraph(GRAPH).table(name)
    return sorted(map(tuple, (row.values() for row in table.to_pylist())), key=str)


def edges(kind):
    return {(r[0], r[1]) for r in rows("edges") if r[2] == kind}


def test_every_caption_describes_its_picture_and_holds_its_phrases(graphed):
    uids = graphed()
    images = {
        r["uid"]: r["image"] for r in tables.read(Path("snapshot/manifest.parquet")).to_pylist()
    }
    assert edges(layout.DESCRIBES) == set(images.items())
    dogs = uids["two big dogs on a table"]
    inside = {source for source, target in edges(layout.IN) if target == dogs}
    lemmas = {r[0]: r[3] for r in rows("nodes") if r[1] == layout.PHRASE}
    assert {lemmas[phrase] for phrase in inside} == {"big", "dog", "table"}
    assert {(lemmas[s], lemmas[t]) for s, t in edges(layout.ATTRIBUTE)} == {
        ("dog", "big"),
        ("hat", "big"),
    }
    assert ("dog", "table") in {(lemmas[s], lemmas[t]) for s, t in edges(layout.RELATION)}


def test_a_made_caption_leads_to_what_it_was_made_from(graphed):
    uids = graphed()
    assert edges(layout.MADE) == {(uids["a cat on a table"], uids["a dog and a cat"])}


def test_a_phrase_means_its_synset_and_an_attribute_its_word(graphed):
    graphed()
    names = {r["concept"]: r["name"] for r in tables.read(GRAPH / "concepts.parquet").to_pylist()}
    meant = {(names[r[0]], r[4]) for r in rows("mentions")}
    assert {("dog.n.01", "object"), ("hat.n.01", "object"), ("big", "attribute")} <= meant


def test_regions_are_nodes_in_their_picture_with_class_and_box(graphed):
    graphed()
    regions = [r for r in rows("nodes") if r[1] == layout.REGION]
    assert [(r[2], r[-4:]) for r in regions] == [("dog", (0.0, 0.0, 0.5, 1.0))] * 2
    assert {s for s, _ in edges(layout.IN)} >= {r[0] for r in regions}


def test_parts_hold_whole_pictures_and_together_say_what_one_part_says(graphed):
    graphed()
    names = ("nodes", "edges", "mentions")
    whole = {name: rows(name) for name in names}
    counted = {f.name: f.read_bytes() for f in GRAPH.glob("*.parquet")}
    graphed(captions=1)
    assert SnapshotGraph(GRAPH).parts == 8
    assert {name: rows(name) for name in names} == whole
    assert {f.name: f.read_bytes() for f in GRAPH.glob("*.parquet")} == counted
    for folder in sorted((GRAPH / "parts").iterdir()):
        known = set(tables.read(folder / "nodes.parquet")["node"].to_pylist())
        for edge in tables.read(folder / "edges.parquet").to_pylist():
            assert edge["source"] in known
            assert edge["target"] in known or edge["kind"] == layout.MADE
        assert set(tables.read(folder / "mentions.parquet")["image"].to_pylist()) <= known


def test_the_same_snapshot_gives_the_same_bytes(graphed):
    graphed(captions=1)
    first = {f: f.read_bytes() for f in GRAPH.rglob("*.parquet")}
    graphed(captions=1)
    assert {f: f.read_bytes() for f in GRAPH.rglob("*.parquet")} == first


def test_pictures_of_a_concept_are_counted_with_those_of_its_kinds_each_once(graphed):
    graphed()
    concepts = tables.read(GRAPH / "concepts.parquet").to_pylist()
    graph = nx.DiGraph()
    for edge in tables.read(GRAPH / "ontology.parquet").to_pylist():
        graph.add_edge(edge["source"], edge["target"])
    mentions = [(r[0], r[3]) for r in rows("mentions")]
    for row in concepts:
        own = {row["concept"]}
        below = own | (nx.ancestors(graph, row["concept"]) if row["concept"] in graph else set())
        assert row["pictures"] == len({image for concept, image in mentions if concept in own})
        assert row["pictures_below"] == len({i for concept, i in mentions if concept in below})
    by_name = {row["name"]: row for row in concepts}
    assert (by_name["dog.n.01"]["pictures"], by_name["cat.n.01"]["pictures"]) == (2, 2)
    assert (by_name["animal.n.01"]["pictures"], by_name["animal.n.01"]["pictures_below"]) == (0, 3)


def test_concepts_that_captions_of_a_picture_name_are_counted_together(graphed):
    graphed()
    names = {r["concept"]: r["name"] for r in tables.read(GRAPH / "concepts.parquet").to_pylist()}
    found = {
        frozenset((names[r["concept"]], names[r["other"]])): r["pictures"]
        for r in tables.read(GRAPH / "together.parquet").to_pylist()
    }
    assert found == {
        frozenset(("dog.n.01", "table.n.01")): 1,
        frozenset(("cat.n.01", "table.n.01")): 1,
        frozenset(("dog.n.01", "cat.n.01")): 1,
        frozenset(("man.n.01", "hat.n.01")): 1,
    }


def write(file, rows, *key):
    tables.write(pa.Table.from_pylist(rows), Path(file), key)


def test_concepts_of_other_graphs_are_meant_beside_synsets_and_related_to_them(graphed):
    uids = graphed()
    dogs, wearing = uids["two big dogs on a table"], uids["a man wearing a hat"]
    image = {r[0]: r[1] for r in rows("edges") if r[2] == layout.DESCRIBES}
    ids = {r["name"]: r["concept"] for r in tables.read(GRAPH / "concepts.parquet").to_pylist()}
    told = {"concept": "emoji:1f3a9", "name": "top hat", "description": ""}
    write("labels/knowledge/concepts.parquet", [{**told, "synset": ids["hat.n.01"]}], "concept")
    part = {"source": ids["hat.n.01"], "relation": "part_of", "target": ids["clothing.n.01"]}
    write("labels/knowledge/relations.parquet", [part], "source")
    hat = tables.read(Path("labels/scene/nodes.parquet")).to_pylist()
    (node,) = [r["node"] for r in hat if r["uid"] == wearing and r["lemma"] == "hat"]
    entity = {"uid": wearing, "node": node, "concept": "emoji:1f3a9"}
    write("labels/knowledge/entities.parquet", [entity], "uid")
    shown = [{"image": image[dogs], "concept": "emoji:1f3a9"}]
    write("labels/knowledge/depicted.parquet", shown, "image")
    graphed()
    meant = {r[0] for r in rows("mentions") if r[1] == f"{wearing}/{node}"}
    assert meant == {ids["hat.n.01"], "emoji:1f3a9"}
    assert edges(layout.DEPICTS) == {(image[dogs], "emoji:1f3a9")}
    about = SnapshotGraph(GRAPH).ask("hat")
    assert about.others == [("part of", "clothing.n.01", True), ("same as", "top hat", False)]
    hats = SnapshotGraph(GRAPH).ask("top hat")
    assert hats.depicted == 1
    assert (hats.captions, [b.name for b in hats.beside]) == (1, ["man.n.01"])
    together = tables.read(GRAPH / "together.parquet").to_pylist()
    assert not any("emoji:1f3a9" in (row["concept"], row["other"]) for row in together)


def test_a_phrase_leads_to_the_regions_that_show_it(graphed):
    uids = graphed()
    dogs = uids["two big dogs on a table"]
    (node,) = [
        int(r[0].partition("/")[2]) for r in rows("nodes") if r[0][:32] == dogs and r[2] == "dogs"
    ]
    image = next(r[1] for r in rows("edges") if r[2] == layout.DESCRIBES and r[0] == dogs)
    grounded = [{"uid": dogs, "node": node, "region": 1, "score": 0.5}]
    write("labels/grounding/alignments.parquet", grounded, "uid")
    graphed()
    assert edges(layout.SHOWN) == {(f"{dogs}/{node}", f"{image}/1")}
    assert SnapshotGraph(GRAPH).ask("dog").regions == 1
    assert SnapshotGraph(GRAPH).ask("cat").regions == 0


def test_a_caption_in_another_language_leads_to_the_one_whose_phrases_tell_of_it(graphed):
    uids = graphed()
    pair = (uids["zwei Hunde"], uids["two big dogs on a table"])
    write("labels/scene/carried.parquet", [dict(zip(("uid", "of"), pair, strict=True))], "uid")
    graphed()
    assert edges(layout.CARRIED) == {pair}


def test_a_region_is_called_by_the_name_of_its_class(graphed):
    graphed()
    file = Path("labels/regions/regions.parquet")
    boxes = tables.read(file).to_pylist()
    numbered = [{**row, "label": row["region"]} for row in boxes]
    write(file, numbered, "image", "region")
    classes = [{"label": 0, "name": "poodle"}, {"label": 1, "name": None}]
    write(file.with_name("classes.parquet"), classes, "label")
    graphed()
    assert [r[2] for r in rows("nodes") if r[1] == layout.REGION] == ["poodle", "1"]


def test_a_snapshot_without_meanings_and_regions_has_a_graph_of_words(graphed):
    import shutil

    for name in ("knowledge", "regions"):
        shutil.rmtree(f"labels/{name}")
    shutil.rmtree("labels_made")
    graphed()
    found = {r["concept"] for r in tables.read(GRAPH / "concepts.parquet").to_pylist()}
    assert found == {"word:big", "word:dog", "word:table", "word:man", "word:hat", "word:cat"}


def test_without_scene_graphs_the_error_says_what_is_missing(project):
    rows = pa.table({n: pa.array([], pa.string()) for n in build_graph._PAIRS})
    tables.write(rows, Path("snapshot/manifest.parquet"), "uid")
    empty = pa.table({n: pa.array([], pa.string()) for n in ("uid", "parent")})
    tables.write(empty, Path("snapshot/parents.parquet"), "uid")
    with pytest.raises(DataError, match=r"labels/scene/nodes\.parquet"):
        build_graph.main(Path("snapshot"), Path("labels"), GRAPH, build_graph.GraphParams())
