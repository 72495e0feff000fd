import pyarrow as pa
import pytest

from align.labelers import Context, knowledge, scene
from curate.dataset import sets, tables
from curate.dataset.errors import DataError, ParamsError


@pytest.fixture
def link(packages, project):
    """Links, synsets and hypernyms of some English captions, through the scene labeler."""

    def run(*captions, learnt=None, **params):
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
        rows = [
            empty | {"uid": f"u{i}", "lang": "en", "caption": caption}
            for i, caption in enumerate(captions)
        ]
        pairs = pa.Table.from_pylist(rows, sets.LOCATED)
        graphs = scene.label(pairs, Context(packages, None), scene.Params())
        for name, (schema, key) in scene.TABLES.items():
            tables.write(graphs[name], project / f"scene/{name}.parquet", key, schema)
        context = Context(packages, of=project / "scene", learnt=learnt)
        found = knowledge.label(pairs, context, knowledge.Params(**params))
        return pairs, found

    return run


def meanings(found):
    names = {row["synset"]: row["name"] for row in found["synsets"].to_pylist()}
    return [(r["uid"], r["lemma"], names[r["synset"]]) for r in found["links"].to_pylist()]


def test_objects_are_linked_by_the_longest_name_that_fits(link):
    _, found = link("a candy cane", "a great blue heron", "a big blue heron", "a candy flag")
    assert meanings(found) == [
        ("u0", "candy cane", "candy_cane.n.01"),
        ("u1", "great blue heron", "great_blue_heron.n.01"),
        ("u2", "heron", "heron.n.01"),
        ("u3", "flag", "flag.n.01"),
    ]


def test_what_the_database_lacks_is_not_linked(link):
    _, found = link("an axolotl")
    assert found["links"].num_rows == found["synsets"].num_rows == found["hypernyms"].num_rows == 0


def test_the_synsets_are_those_linked_and_all_above_them(link):
    _, found = link("a great blue heron")
    names = {row["synset"]: row["name"] for row in found["synsets"].to_pylist()}
    assert set(names.values()) == {
        "great_blue_heron.n.01", "heron.n.01", "animal.n.01", "thing.n.01",
    }  # fmt: skip
    edges = {(names[r["synset"]], names[r["hypernym"]]) for r in found["hypernyms"].to_pylist()}
    assert edges == {
        ("great_blue_heron.n.01", "heron.n.01"),
        ("heron.n.01", "animal.n.01"),
        ("animal.n.01", "thing.n.01"),
    }


def test_the_caption_around_it_decides_a_noun_s_sense(link):
    _, found = link("a bat", "a bat and a ball for the game")
    assert [(m[0], m[2]) for m in meanings(found) if m[1] == "bat"] == [
        ("u0", "bat.n.01"),
        ("u1", "bat.n.02"),
    ]


def test_figures_count_links_by_how_they_were_found(link):
    pairs, found = link("a bat", "axolotl", "a kite")
    figures = knowledge.figures(pairs, found)
    assert figures["share_of_pairs_with_link"] == pytest.approx(2 / 3)
    assert figures["links_by_method"] == {"first": 1, "visible": 1}


def test_nouns_name_concepts_of_a_graph_of_one_s_own_and_facts_hang_on_their_words(link, project):
    (project / "zoo.csv").write_text(
        "source,relation,target\ngreat blue heron,part_of,marsh\nmarsh,part_of,delta\n"
        "toy,same_as,kite.n.02\ntoy,made_of,paper\n"
    )
    graphs = {"zoo": {"kind": "edges", "path": "zoo.csv"}}
    pairs, found = link("a great blue heron", "a kite", graphs=graphs)
    named = [(r["uid"], r["concept"], r["method"]) for r in found["entities"].to_pylist()]
    assert named == [("u0", "zoo:great blue heron", "name"), ("u1", "zoo:toy", "sense")]
    concepts = set(found["concepts"].column("concept").to_pylist())
    assert concepts == {f"zoo:{n}" for n in ("great blue heron", "marsh", "delta", "toy", "paper")}
    told = [(r["uid"], r["branch"], r["text"]) for r in found["branches"].to_pylist()]
    assert told == [
        ("u0", 0, "is part of marsh"), ("u0", 1, "is a heron"),
        ("u1", 0, "made of paper"), ("u1", 1, "is a thing"),
    ]  # fmt: skip
    captions = dict(zip(*(pairs.column(n).to_pylist() for n in ("uid", "caption")), strict=True))
    words = {captions[r["uid"]][r["start"] : r["end"]] for r in found["branches"].to_pylist()}
    assert words == {"great blue heron", "kite"}


def test_every_concept_and_meaning_has_a_vector(link, project):
    (project / "zoo.csv").write_text("source,relation,target\nheron,part_of,marsh\n")
    _, found = link("a heron", "a cat", graphs={"zoo": {"kind": "edges", "path": "zoo.csv"}})
    names = set(found["vectors"].column("concept").to_pylist())
    concepts, synsets = found["concepts"].column("concept"), found["synsets"].column("synset")
    assert names == {*concepts.to_pylist(), *synsets.to_pylist()}


def test_objects_of_a_graph_that_was_carried_over_are_linked_but_no_fact_hangs_on_them(
    packages, project
):
    empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
    row = empty | {"uid": "u0", "lang": "de", "caption": "ein Reiher"}
    node = {"uid": "u0", "node": 0, "kind": "object", "text": "heron", "lemma": "heron",
            "start": 2, "end": 7, "parent": None, "quantifier": None}  # fmt: skip
    table = pa.Table.from_pylist([node], scene.NODES)
    tables.write(table, project / "scene/nodes.parquet", ("uid", "node"), scene.NODES)
    pairs = pa.Table.from_pylist([row], sets.LOCATED)
    context = Context(packages, of=project / "scene")
    found = knowledge.label(pairs, context, knowledge.Params())
    assert meanings(found) == [("u0", "heron", "heron.n.01")]
    assert found["branches"].num_rows == 0


def test_made_pairs_are_read_by_the_topics_and_looks_of_the_pool(link, project):
    _, pool = link("a heron", "a cat")
    for name in ("topics", "looks"):
        schema, key = knowledge.TABLES[name]
        rows = {"topics": {"source": "", "word": "club", "weight": 1.0}}.get(name)
        table = pa.Table.from_pylist([rows] if rows else [], schema)
        tables.write(table, project / f"learnt/{name}.parquet", key, schema)
    assert meanings(pool)
    _, alone = link("a bat")
    _, made = link("a bat", learnt=project / "learnt")
    assert (meanings(alone)[0][2], meanings(made)[0][2]) == ("bat.n.01", "bat.n.02")


def test_pictures_need_the_embeddings_of_their_scorer(link):
    with pytest.raises(ParamsError, match="pictures: clip needs --embeddings"):
        link("a bat", pictures="clip")


def test_without_scene_graphs_the_error_says_what_is_missing(packages, project):
    empty = sets.LOCATED.empty_table()
    with pytest.raises(ParamsError, match="knowledge needs --of"):
        knowledge.label(empty, Context(packages), knowledge.Params())
    with pytest.raises(DataError, match=r"nodes\.parquet"):
        knowledge.label(empty, Context(packages, of=project), knowledge.Params())
