import pyarrow as pa
import pytest

from curate.dataset import files, record, sets, shards, tables
from curate.dataset.errors import DataError, EmptySetError


@pytest.fixture
def two_sets(project, drawn, write_set):
    red, blue = drawn("circle", "red"), drawn("square", "blue")
    write_set(project / "data/made/a", [(red, "en", "a red circle"), (red, "de", "ein Kreis")])
    write_set(project / "data/made/b", [(blue, "en", "a blue square")])
    return project


def decide(path, uids, kept):
    rows = [
        {"uid": u, "kept": k, "reason": "words", "margin": 0.0, "failed": [], "margins": []}
        for u, k in zip(uids, kept, strict=True)
    ]
    tables.write(pa.Table.from_pylist(rows, record.DECISIONS), path, "uid", record.DECISIONS)


def test_pairs_of_every_set_below_a_folder_are_found(two_sets):
    from pathlib import Path

    found = sets.located([Path("data/made")])
    assert found.column("uid").to_pylist() == sorted(found.column("uid").to_pylist())
    assert set(found.column("set").to_pylist()) == {"data/made/a", "data/made/b"}
    assert found.schema == sets.LOCATED


def test_a_pair_that_two_sets_hold_is_that_of_the_first(two_sets, drawn, write_set):
    from pathlib import Path

    blue = drawn("square", "blue")
    write_set(
        two_sets / "data/made/c", [(blue, "en", "a blue square"), (blue, "de", "ein Quadrat")]
    )
    found = {row["caption"]: row["set"] for row in sets.located([Path("data/made")]).to_pylist()}
    assert len(found) == 4
    assert (found["a blue square"], found["ein Quadrat"]) == ("data/made/b", "data/made/c")


def test_sets_on_a_store_are_found_and_named_by_their_urls(store, drawn, write_set):
    red, blue = drawn("circle", "red"), drawn("square", "blue")
    root = files.place(f"{store}/made")
    write_set(root / "a", [(red, "en", "a red circle")])
    write_set(root / "b", [(blue, "en", "a blue square")])
    found = sets.located([root]).to_pylist()
    assert {row["set"]: row["caption"] for row in found} == {
        f"{store}/made/a": "a red circle",
        f"{store}/made/b": "a blue square",
    }
    for row in found:
        with shards.ShardReader(row["set"]) as reader:
            data = reader.read(row["shard"], row["offset"], row["size"])
        assert record.image_name(data) == row["image"]
    with pytest.raises(DataError, match=f"no set at {store}/none"):
        sets.located([files.place(f"{store}/none")])


def test_only_kept_pairs_are_taken_and_none_is_an_error(two_sets, tmp_path):
    from pathlib import Path

    found = sets.located([Path("data/made")])
    uids = found.column("uid").to_pylist()
    decide(tmp_path / "d.parquet", uids, [True, False, False])
    kept = sets.kept([Path("data/made")], [tmp_path / "d.parquet"])
    assert kept.column("uid").to_pylist() == uids[:1]
    decide(tmp_path / "d.parquet", uids, [False] * 3)
    with pytest.raises(EmptySetError, match="of 3 pairs in data/made none was kept"):
        sets.kept([Path("data/made")], [tmp_path / "d.parquet"])


def test_each_image_is_given_once(two_sets):
    from pathlib import Path

    images = sets.distinct_images(sets.located([Path("data/made")]))
    assert images.num_rows == 2


def test_a_folder_without_sets_is_named(project):
    with pytest.raises(DataError, match="no set at"):
        sets.folders(project)
