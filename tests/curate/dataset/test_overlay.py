import json
from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import record, sets, tables
from curate.dataset.errors import DataError
from curate.dataset.overlay import overlay, with_originals


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


def test_a_blurred_picture_is_named_as_before_and_any_other_as_it_is():
    told = {"image": "was", "faces": 1, "model": "m"}
    recipes = [
        None,
        {"blurred": told},
        {"blurred": told, "method": "geometric", "of": {"image": "other"}},
        {"caption": '"blurred":{"image":"other"}', "image": "other"},
    ]
    lines = [r and json.dumps(r, sort_keys=True, separators=(",", ":")) for r in recipes]
    rows = pa.table({"image": ["a", "b", "c", "d"], "recipe": pa.array(lines, pa.string())})
    assert with_originals(rows).to_pydict() == {"image": ["a", "was", "was", "d"]}
    assert with_originals(rows.slice(0, 1)).to_pydict() == {"image": ["a"]}
