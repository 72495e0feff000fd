"""Rows on disk, in an order fit for fetching."""

import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.sources._rows import Rows, store


def stored(folder: Path, keys: list[str | None], per_chunk: int = 3) -> Rows:
    folder.mkdir(exist_ok=True)
    chunks = [
        pa.table(
            {
                "key": pa.array(keys[i : i + per_chunk], pa.string()),
                "row": range(i, min(len(keys), i + per_chunk)),
            }
        )
        for i in range(0, len(keys), per_chunk)
    ]
    return Rows(folder, dict, 0, store(chunks, folder, "key"))


@settings(max_examples=60)
@given(
    keys=st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=20),
    size=st.integers(1, 7),
)
def test_each_row_comes_once_equal_keys_together_and_slices_never_part_them(
    tmp_path_factory, keys, size
):
    rows = stored(tmp_path_factory.mktemp("rows"), keys)
    groups: dict[object, list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key if key is not None else (row,), []).append(row)
    wanted = [row for group in groups.values() for row in group]
    assert [item["row"] for item in rows] == wanted
    runs = [list(rows[start : start + size]) for start in range(0, len(rows), size)]
    assert [item["row"] for run in runs for item in run] == wanted
    seen: dict[str, int] = {}
    for number, run in enumerate(runs):
        for item in run:
            if item["key"] is not None:
                assert seen.setdefault(item["key"], number) == number


def test_chunks_may_differ_in_their_columns(tmp_path):
    chunks = [pa.table({"key": ["a"], "x": [1]}), pa.table({"problem": ["bad"]})]
    rows = Rows(tmp_path, dict, 0, store(chunks, tmp_path, "key"))
    assert list(rows) == [{"key": "a", "x": 1}, {"problem": "bad"}]


def test_a_run_is_small_to_send_and_named_by_its_content(tmp_path):
    keys = [f"http://host/{number}" for number in range(5000)]
    rows = stored(tmp_path / "a", keys, 1000)
    assert len(pickle.dumps(rows[:1000])) < 1000
    other = stored(tmp_path / "b", [*keys[:-1], "http://host/changed"], 700)
    runs = [slice(start, start + 1000) for start in range(0, 5000, 1000)]
    same = [set(map(str, rows[r])) == set(map(str, other[r])) for r in runs]
    assert same == [True, True, True, True, False]
    again = stored(tmp_path / "c", keys, 1000)
    assert [again[r].fingerprint() for r in runs] == [rows[r].fingerprint() for r in runs]
    assert len({rows[r].fingerprint() for r in runs}) == 5


def test_what_an_earlier_table_left_is_gone(tmp_path):
    stored(tmp_path, [f"{n}" for n in range(30)])
    assert [item["key"] for item in stored(tmp_path, ["x"])] == ["x"]
    assert len(list(tmp_path.glob("*.arrow"))) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_are_rows_too(tmp_path, count):
    rows = stored(tmp_path, ["a"] * count)
    assert (len(rows), len(list(rows)), len(list(rows[0:10]))) == (count, count, count)
    assert np.load(tmp_path / "order.npy").tolist() == list(range(count))
