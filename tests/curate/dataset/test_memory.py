import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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


def files(folder):
    return sorted(folder.rglob("*.parquet"))


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A memory of four files, of which three are few enough to be left as they are."""
    monkeypatch.setattr("curate.dataset.memory._FILES", 3)
    memory = Memory("scorer", "print", "uid", SCHEMA, tmp_path)
    for part in (rows(a=1.0), rows(b=2.0, c=3.0), rows(c=3.0, d=4.0), rows(e=5.0), rows()):
        memory.remember(part)
    return memory


def test_what_was_remembered_in_parts_is_kept_in_few_files(parts, tmp_path):
    assert len(files(tmp_path)) == 4
    parts.gather()
    assert len(files(tmp_path)) == 1
    found = parts.recall(keys(*"abcde")).sort_by("uid").column("x").to_pylist()
    assert found == [1, 2, 3, 4, 5]
    parts.remember(rows(f=6.0))
    parts.gather()
    assert len(files(tmp_path)) == 2


def test_large_files_are_not_written_again(parts, tmp_path, monkeypatch):
    monkeypatch.setattr("curate.dataset.memory._GATHERED", 2)
    before = {file: file.read_bytes() for file in files(tmp_path)}
    parts.gather()
    assert {file: file.read_bytes() for file in files(tmp_path)} == before


def test_a_damaged_file_is_left_out_when_others_are_joined(parts, tmp_path):
    damaged = files(tmp_path)[0]
    held = set(pq.read_table(damaged).column("uid").to_pylist())
    damaged.write_bytes(b"damaged")
    parts.remember(rows(f=6.0))
    parts.gather()
    assert len(files(tmp_path)) == 2
    found = set(parts.recall(keys(*"abcdef")).column("uid").to_pylist())
    assert set("abcdef") - held <= found


def test_a_memory_knows_whether_it_holds_all(parts, tmp_path):
    assert parts.holds(keys(*"abcde"))
    assert parts.holds(keys())
    assert not parts.holds(keys("a", "f"))
    assert not parts.holds(keys(*"abcdef"))
    files(tmp_path)[0].write_bytes(b"damaged")
    assert not parts.holds(keys(*"abcde"))


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
