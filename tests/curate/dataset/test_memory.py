import pyarrow as pa

from curate.dataset.memory import Memory, fingerprint

SCHEMA = pa.schema([pa.field("uid", pa.string(), nullable=False), pa.field("x", pa.float32())])


def rows(**values):
    return pa.table({"uid": list(values), "x": pa.array(values.values(), pa.float32())})


def keys(*names):
    return pa.chunked_array([pa.array(names, pa.string())])


def test_what_was_remembered_comes_back_once(tmp_path):
    memory = Memory("scorer", "print", "uid", SCHEMA, tmp_path)
    memory.remember(rows(a=1.0, b=2.0))
    memory.remember(rows(b=2.0, c=3.0))
    found = memory.recall(keys("a", "b", "c", "d")).sort_by("uid").to_pydict()
    assert found == {"uid": ["a", "b", "c"], "x": [1.0, 2.0, 3.0]}


def test_another_fingerprint_remembers_nothing(tmp_path):
    Memory("scorer", "one", "uid", SCHEMA, tmp_path).remember(rows(a=1.0))
    assert Memory("scorer", "two", "uid", SCHEMA, tmp_path).recall(keys("a")).num_rows == 0


def test_a_damaged_memory_is_a_forgotten_one(tmp_path):
    memory = Memory("scorer", "print", "uid", SCHEMA, tmp_path)
    memory.remember(rows(a=1.0))
    next(tmp_path.rglob("*.parquet")).write_bytes(b"damaged")
    assert memory.recall(keys("a")).num_rows == 0
    memory.remember(rows(a=1.0))
    assert memory.recall(keys("a")).num_rows == 1


def test_what_was_remembered_in_parts_is_kept_in_few_files(tmp_path):
    memory = Memory("scorer", "print", "uid", SCHEMA, tmp_path)
    parts = [rows(a=1.0), rows(b=2.0, c=3.0), rows()]
    for part in parts:
        memory.remember(part)
    memory.remember(rows(d=4.0))
    memory.gather(parts)
    assert len(list(tmp_path.rglob("*.parquet"))) == 2
    assert sorted(memory.recall(keys(*"abcd")).column("x").to_pylist()) == [1, 2, 3, 4]
    memory.gather([rows(d=4.0)])
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_fingerprints_follow_values_and_file_contents(tmp_path):
    file = tmp_path / "weights.bin"
    file.write_bytes(b"one")
    first = fingerprint({"b": 1, "a": 2}, file)
    assert fingerprint({"a": 2, "b": 1}, file) == first
    assert fingerprint({"a": 3, "b": 1}, file) != first
    file.write_bytes(b"two")
    assert fingerprint({"a": 2, "b": 1}, file) != first
    folder = fingerprint(tmp_path)
    (tmp_path / "more.bin").write_bytes(b"")
    assert fingerprint(tmp_path) != folder
