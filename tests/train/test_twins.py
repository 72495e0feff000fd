"""Pairs that differ in one proven fact, as rows of a corpus."""

import pyarrow as pa
import pytest

from curate.dataset import record, sets, tables, truth
from train import twins

UIDS = ["a", "b", "c", "d"]


@pytest.fixture
def made(tmp_path):
    """Made sets, one with proofs and one without."""
    proofs = [("a", "c"), ("c", "a"), ("a", "b"), ("d", "gone"), ("gone", "d")]  # b: of the pool
    for name in ("counterfactual", "photometric"):
        folder = tmp_path / name
        folder.mkdir()
        tables.write(record.PAIRS.empty_table(), folder / sets.PAIRS_FILE, "uid", record.PAIRS)
    rows = [{"uid": u, "other": o, "kind": "count", "was": "2", "becomes": "3"} for u, o in proofs]
    schema, key = truth.COUNTERFACTUALS
    file = tmp_path / "counterfactual" / f"{twins.NAME}.parquet"
    tables.write(pa.Table.from_pylist(rows, schema), file, key, schema)
    return tmp_path


def test_each_pair_has_the_rows_of_its_twins_that_are_in_the_corpus(made):
    assert twins.of_pairs(made, UIDS).tolist() == [[1, 2], [0, -1], [0, -1], [-1, -1]]


def test_a_kept_pair_whose_twin_was_dropped_has_none(made):
    kept = [uid for uid in UIDS if uid != "c"]  # what a snapshot holds is what its filter kept
    assert twins.of_pairs(made, kept).tolist() == [[1], [0], [-1]]
    assert twins.of_pairs(made, ["a"]).tolist() == [[-1]]


def test_without_made_sets_no_pair_has_a_twin(tmp_path):
    for folder in (None, tmp_path):
        assert twins.of_pairs(folder, UIDS).tolist() == [[-1]] * 4
        assert twins.files(folder) == []


def test_a_run_depends_on_the_files_that_hold_the_proofs(made):
    assert twins.files(made) == [made / "counterfactual" / f"{twins.NAME}.parquet"]
