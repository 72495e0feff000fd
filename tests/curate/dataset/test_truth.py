import pyarrow as pa
import pytest

from curate.dataset import record, sets, tables, truth


def proof(uid, other, was, becomes):
    return {"uid": uid, "other": other, "kind": "attribute", "was": was, "becomes": becomes}


@pytest.fixture
def made(tmp_path):
    """Two made sets: one tells of both of its pairs, the other of a pair and one of the pool."""
    both = [proof("a", "b", "red", "blue"), proof("b", "a", "blue", "red")]
    for name, rows in (("composed", both), ("painted", [proof("m", "pool", "red", "green")])):
        folder = tmp_path / name
        folder.mkdir()
        tables.write(record.PAIRS.empty_table(), folder / sets.PAIRS_FILE, "uid", record.PAIRS)
        table = pa.Table.from_pylist(rows, truth.COUNTERFACTUALS.schema)
        tables.write(table, folder / "counterfactuals.parquet", truth.COUNTERFACTUALS.key)
    return tmp_path


def test_twins_are_told_of_both_pairs_each_once(made):
    expected = [
        proof("a", "b", "red", "blue"),
        proof("b", "a", "blue", "red"),
        proof("m", "pool", "red", "green"),
        proof("pool", "m", "green", "red"),
    ]
    found = truth.twins([made, made / "nowhere"])
    assert found.to_pylist() == expected
    assert found.schema == truth.COUNTERFACTUALS.schema
    assert truth.twins([made / "nowhere"]).num_rows == 0


def test_all_twins_of_a_pair_of_the_pool_are_told_whichever_set_has_them(made):
    folder = made / "painted too"
    folder.mkdir()
    tables.write(record.PAIRS.empty_table(), folder / sets.PAIRS_FILE, "uid", record.PAIRS)
    rows = [proof("n", "pool", "red", "yellow")]
    table = pa.Table.from_pylist(rows, truth.COUNTERFACTUALS.schema)
    tables.write(table, folder / "counterfactuals.parquet", truth.COUNTERFACTUALS.key)
    told = [row for row in truth.twins([made]).to_pylist() if row["uid"] == "pool"]
    assert [row["other"] for row in told] == ["m", "n"]
