import pyarrow as pa
import pytest

from align import label
from align.labelers import knowledge, scene
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError, PluginError, RejectsError


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
    def main(name, params):
        folders = (project / "data" / part for part in ("pool", "made", "decisions"))
        return label.main(name, *folders, packages, project / "data/labels" / name, params)

    return main


def test_kept_pairs_crawled_and_made_get_labels_and_dropped_ones_none(made_ready, run, project):
    metrics = run("scene", {"reads": "data/pool"})
    nodes = tables.read(project / "data/labels/scene/nodes.parquet")
    assert set(nodes.column("lemma").to_pylist()) == {"red", "dot", "big", "box"}
    assert set(nodes.column("uid").to_pylist()) < set(made_ready)
    assert metrics["pairs"] == 3
    assert metrics["rows"] == {"nodes": 4, "edges": 0}
    assert metrics["pairs_of_other_languages"] == 1


def test_every_table_and_the_rejects_are_written_in_their_schemas(made_ready, run, project):
    run("scene", {})
    run("knowledge", {"reads": str(project / "data/labels/scene")})
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
            "rejected": pa.Table.from_pylist(rows, record.REJECTED),
        }

    monkeypatch.setattr(scene, "label", reject)
    with pytest.raises(RejectsError, match=r"1 of 3 pairs \(1 unreadable\).*max_rejected"):
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
