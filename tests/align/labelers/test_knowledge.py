import pyarrow as pa
import pytest

from align.labelers import Context, knowledge, scene
from curate.dataset import sets, tables
from curate.dataset.errors import DataError, ParamsError


@pytest.fixture
def link(packages, project):
    """Links, synsets and hypernyms of some English captions, through the scene labeler."""

    def run(*captions):
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
        rows = [
            empty | {"uid": f"u{i}", "lang": "en", "caption": caption}
            for i, caption in enumerate(captions)
        ]
        pairs = pa.Table.from_pylist(rows, sets.LOCATED)
        graphs = scene.label(pairs, Context(packages, None), scene.Params())
        for name, (schema, key) in scene.TABLES.items():
            tables.write(graphs[name], project / f"scene/{name}.parquet", key, schema)
        context = Context(packages, of=project / "scene")
        found = knowledge.label(pairs, context, knowledge.Params())
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


def test_without_scene_graphs_the_error_says_what_is_missing(packages, project):
    empty = sets.LOCATED.empty_table()
    with pytest.raises(ParamsError, match="knowledge needs --of"):
        knowledge.label(empty, Context(packages), knowledge.Params())
    with pytest.raises(DataError, match=r"nodes\.parquet"):
        knowledge.label(empty, Context(packages, of=project), knowledge.Params())
