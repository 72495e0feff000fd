from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import record, sets, tables
from curate.dataset.errors import DataError
from curate.dataset.overlay import overlay


def with_uids(uids, root, write_set, rows):
    """Write a set whose pairs bear other uids."""
    found = write_set(root, rows)
    named = found.set_column(0, record.PAIRS.field("uid"), pa.array(uids))
    tables.write(named, root / sets.PAIRS_FILE, "uid", record.PAIRS)


def test_a_pair_takes_the_picture_of_its_uid_and_keeps_the_rest(project, write_set, drawn):
    shapes = [(drawn("circle", c), "en", c) for c in ("red", "green", "blue")]
    pairs = write_set(Path("pool"), shapes)
    rows = sets.located([Path("pool")]).append_column("split", pa.array(["train"] * 3))
    changed = pairs.column("uid")[1].as_py()
    with_uids([changed], Path("other"), write_set, [(drawn("square", "red"), "fr", "x")])
    found = overlay(rows, Path("other"))
    assert found.schema == rows.schema
    new = sets.located([Path("other")]).to_pylist()[0]
    for before, after in zip(rows.to_pylist(), found.to_pylist(), strict=True):
        if before["uid"] != changed:
            assert after == before
            continue
        own = ("uid", "caption", "lang", "source", "url", "split")
        assert {name: after[name] for name in own} == {name: before[name] for name in own}
        place = ("set", "image", "shard", "offset", "size")
        assert {name: after[name] for name in place} == {name: new[name] for name in place}


def test_without_a_set_nothing_changes_and_a_missing_one_is_said(project, write_set, drawn):
    write_set(Path("pool"), [(drawn("circle", "red"), "en", "red")])
    rows = sets.located([Path("pool")])
    assert overlay(rows, None).equals(rows)
    with pytest.raises(DataError, match="no set at other"):
        overlay(rows, Path("other"))
