import functools

import pyarrow as pa
import pytest

from align import label
from align.labelers import knowledge, scene
from curate.dataset import labels, record, tables
from curate.dataset.errors import EmptySetError, ParamsError, PluginError, RejectsError


@pytest.fixture
def made_ready(project, packages, write_set, drawn):
    """A project with a pool, a made set and decisions; gives the kept uids."""
    circle, square = drawn("circle", "red"), drawn("square", "blue")
    pool = write_set(
        project / "data/pool",
        [(circle, "en", "a red dot"), (circle, "de", "ein roter Punkt"), (square, "en", "a box")],
    )
    made = write_set(project / "data/made/photometric", [(square, "en", "a big box")])
    kept = []
    for name, pairs in (("pool", pool), ("made", made)):
        rows = [
            {
                "uid": row["uid"], "kept": row["caption"] != "a box", "reason": "size",
                "margin": 1.0, "failed": [], "margins": [],
            }
            for row in pairs.to_pylist()
        ]  # fmt: skip
        kept += [row["uid"] for row in rows if row["kept"]]
        table = pa.Table.from_pylist(rows, record.DECISIONS)
        tables.write(table, project / f"data/decisions/{name}.parquet", "uid", record.DECISIONS)
    return sorted(kept)


@pytest.fixture
def run(project, packages):
    def main(name, params, kind="pool", **more):
        data = project / "data"
        out = data / ("labels" if kind == "pool" else "labels_made") / name
        decisions = data / f"decisions/{kind}.parquet"
        return label.main(name, data / kind, packages, out, params, decisions, **more)

    return main


def test_kept_pairs_get_labels_and_dropped_ones_none(made_ready, run, project):
    metrics = run("scene", {"reads": "data/pool"})
    nodes = tables.read(project / "data/labels/scene/nodes.parquet")
    assert set(nodes.column("lemma").to_pylist()) == {"red", "dot"}
    assert set(nodes.column("uid").to_pylist()) < set(made_ready)
    assert metrics["pairs"] == 2
    assert metrics["rows"] == {"nodes": 2, "edges": 0, "carried": 1}
    assert metrics["pairs_of_other_languages"] == 1


def test_without_decisions_every_pair_is_labelled(made_ready, packages, project):
    data = project / "data"
    out = data / "labels_tasks/scene"
    metrics = label.main("scene", data / "pool", packages, out, {"reads": "data/pool"})
    nodes = tables.read(out / "nodes.parquet")
    assert set(nodes.column("lemma").to_pylist()) == {"red", "dot", "box"}
    assert metrics["pairs"] == 3


def test_made_pairs_have_labels_of_their_own_and_a_reader_reads_both(made_ready, run, project):
    data = project / "data"
    for kind, folder in (("pool", data / "labels"), ("made", data / "labels_made")):
        for name, more in (("scene", {}), ("knowledge", {"of": folder / "scene"})):
            learnt = {"learnt": data / "labels" / name} if kind == "made" else {}
            run(name, {}, kind, **more, **learnt)
    read = functools.partial(labels.read, pool=data / "labels", made=data / "labels_made")
    nodes, synsets = read("scene", "nodes"), read("knowledge", "synsets")
    assert set(nodes.column("lemma").to_pylist()) == {"red", "dot", "big", "box"}
    names = synsets.column("synset").to_pylist()
    assert len(names) == len(set(names)) > 0
    own = tables.read(data / "labels_made/scene/nodes.parquet")
    assert set(own.column("lemma").to_pylist()) == {"big", "box"}


def test_none_of_the_made_pairs_may_be_kept_but_one_of_the_pool_must(made_ready, run, project):
    for kind in ("pool", "made"):
        file = project / f"data/decisions/{kind}.parquet"
        none = tables.read(file).slice(0, 0)
        tables.write(none, file, "uid", record.DECISIONS)
    made = {"kind": "made", "learnt": project / "data/labels/x"}
    assert run("scene", {}, **made)["pairs"] == 0
    assert run("knowledge", {}, of=project / "data/labels_made/scene", **made)["pairs"] == 0
    with pytest.raises(EmptySetError, match="none was kept"):
        run("scene", {})


def test_every_table_and_the_rejects_are_written_in_their_schemas(made_ready, run, project):
    run("scene", {})
    run("knowledge", {"of": "scene"}, of=project / "data/labels/scene")
    for name, module in (("scene", scene), ("knowledge", knowledge)):
        folder = project / "data/labels" / name
        assert sorted(p.stem for p in folder.iterdir()) == sorted([*module.TABLES, "rejected"])
        for table, (schema, _) in module.TABLES.items():
            assert tables.read(folder / f"{table}.parquet").schema == schema
        assert tables.read(folder / "rejected.parquet").num_rows == 0


def test_the_same_inputs_give_the_same_bytes(made_ready, run, project):
    def written():
        return {p.name: p.read_bytes() for p in (project / "data/labels/scene").iterdir()}

    run("scene", {})
    first = written()
    (project / "data/labels/scene/old.parquet").write_bytes(b"left by an older version")
    run("scene", {})
    assert written() == first


def test_too_many_rejects_are_an_error_that_says_why(made_ready, run, monkeypatch):
    def reject(pairs, context, params):
        rows = [{"source": "scene", "item": "x", "reason": "unreadable", "detail": "why"}]
        return {
            "nodes": scene.NODES.empty_table(),
            "edges": scene.EDGES.empty_table(),
            "carried": scene.CARRIED.empty_table(),
            "rejected": pa.Table.from_pylist(rows, record.REJECTED),
        }

    monkeypatch.setattr(scene, "label", reject)
    with pytest.raises(RejectsError, match=r"1 of 2 pairs \(1 unreadable\).*max_rejected"):
        run("scene", {})
    assert run("scene", {"max_rejected": 0.5})["rejected"] == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ([1], "not a mapping"),
        ({"wordnett": "x"}, "did you mean 'wordnet'"),
        ({"max_rejected": 2}, r"max_rejected is 2"),
        ({"max_rejected": True}, r"max_rejected is True"),
        ({"reads": 3}, "not a path"),
    ],
)
def test_a_wrong_parameter_is_named(params, message, run):
    with pytest.raises(ParamsError, match=message):
        run("scene", params)


def test_an_unknown_labeler_is_answered_with_the_known_ones(run):
    with pytest.raises(PluginError, match=r"known: .*knowledge.*scene"):
        run("scenes", {})
