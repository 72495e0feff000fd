import tracemalloc

import pyarrow as pa
import pytest

from align.labelers import Context, scene
from curate.dataset import sets


@pytest.fixture
def pairs():
    """Located pairs from (language, caption) rows; the text alone matters."""

    def table(rows):
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
        return pa.Table.from_pylist(
            [
                empty | {"uid": f"u{i}", "lang": lang, "caption": caption}
                for i, (lang, caption) in enumerate(rows)
            ],
            sets.LOCATED,
        )

    return table


@pytest.fixture
def run(packages, project):
    return lambda pairs: scene.label(pairs, Context(packages), scene.Params())


def test_every_english_pair_has_its_caption_s_graph(pairs, run):
    found = run(pairs([("en", "a big dog"), ("en-GB", "dog on table"), ("en", "a big dog")]))
    nodes = found["nodes"].to_pylist()
    assert [(n["uid"], n["node"], n["kind"], n["text"], n["parent"]) for n in nodes] == [
        ("u0", 0, "attribute", "big", 1),
        ("u0", 1, "object", "dog", None),
        ("u1", 0, "object", "dog", None),
        ("u1", 1, "object", "table", None),
        ("u2", 0, "attribute", "big", 1),
        ("u2", 1, "object", "dog", None),
    ]
    assert found["edges"].drop_columns("confidence").to_pylist() == [
        {
            "uid": "u1", "edge": 0, "source": 0, "target": 1, "relation": "on", "lemma": "on",
            "start": 4, "end": 6,
        }
    ]  # fmt: skip


def test_graphs_of_one_group_of_captions_are_held_at_a_time(pairs, run, monkeypatch):
    rows = pairs([("en", f"a big dog on table {n} near {n} red cats") for n in range(600)])
    monkeypatch.setattr(scene.texts, "GROUP", 20)
    found = run(rows)  # what is looked up once stays
    tracemalloc.start()
    again = run(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert again["nodes"].num_rows == found["nodes"].num_rows >= 3 * rows.num_rows
    assert peak < 1500 * rows.num_rows  # bytes; a graph is 3,300


def test_a_caption_of_any_group_gives_its_graph_to_all_its_pairs(pairs, run, monkeypatch):
    rows = pairs([("en", f"{n % 7 + 2} dogs on table") for n in range(40)] + [("en", "")])
    at_once = run(rows)
    monkeypatch.setattr(scene.texts, "GROUP", 2)
    assert run(rows) == at_once
    told = [(n["uid"], n["quantifier"]) for n in at_once["nodes"].to_pylist() if n["quantifier"]]
    assert told == [(f"u{n}", str(n % 7 + 2)) for n in range(40)]


def test_nodes_and_edges_say_how_sure_the_parser_is(pairs, run):
    found = run(pairs([("en", "dog on table"), ("en", "flag: France")]))
    sure = found["nodes"].column("confidence").to_pylist()
    assert all(0 < chance <= 1 for chance in sure)
    assert sure[2:] == [1.0, 1.0]  # a form that is known
    assert 0 < found["edges"].column("confidence")[0].as_py() <= 1


def test_what_the_parser_is_less_sure_of_is_left_out(pairs, packages, project):
    rows = pairs([("en", "dog on table near a tree in a box")])
    counts = [
        scene.label(rows, Context(packages), scene.Params(least=least))["edges"].num_rows
        for least in (0.0, 1.0)
    ]
    assert counts[0] > counts[1] == 0


def test_a_picture_s_english_graphs_are_carried_to_its_other_captions_without_spans(pairs, run):
    rows = pairs([("en", "a dog"), ("de", "ein Hund"), ("en", "???"), ("fr", "un chien")])
    images = pa.array(["one", "one", "one", "two"])
    found = run(rows.set_column(rows.schema.get_field_index("image"), "image", images))
    assert found["carried"].to_pylist() == [{"uid": "u1", "of": "u0"}]
    assert found["nodes"].column("uid").to_pylist() == ["u0"]


def test_other_languages_have_no_graph_of_their_own_and_are_counted(pairs, run):
    rows = pairs([("en", "a dog"), ("de", "ein Hund"), ("enm", "a dog"), ("und", "dog")])
    found = run(rows)
    assert found["nodes"].column("uid").to_pylist() == ["u0"]
    figures = scene.figures(rows, found)
    assert figures["pairs_of_other_languages"] == 3
    assert figures["share_with_graph"] == 1.0


def test_no_english_pair_gives_empty_tables_of_the_same_form(pairs, run):
    rows = pairs([("de", "ein Hund")])
    found = run(rows)
    assert found["nodes"].schema == scene.NODES
    assert found["edges"].schema == scene.EDGES
    assert found["nodes"].num_rows == 0
    assert scene.figures(rows, found)["share_with_graph"] is None


def test_a_graph_does_not_depend_on_the_other_pairs(pairs, run):
    alone = run(pairs([("en", "two cats in a box")]))
    among = run(pairs([("en", "two cats in a box"), ("en", "a red hat"), ("en", "cats")]))
    first = among["nodes"].filter(pa.compute.equal(among["nodes"].column("uid"), "u0"))
    assert first.to_pylist() == alone["nodes"].to_pylist()
