"""Parquet and Arrow files whose groups are read a few rows at a time, and those that lie."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.dataset.errors import DataError
from curate.sources import _grouped
from curate.sources._grouped import fit, open_groups

TABLE = pa.table({"n": range(100), "data": [bytes([n]) * 50 for n in range(100)]})
READ = """
import sys
from pathlib import Path
import pyarrow as pa
from curate.sources._grouped import open_groups
for name in sys.argv[1:]:
    try:
        with open_groups(name) as found:
            for group in range(len(found.sizes)):
                for _, batch in found.rows(group, found.schema.names, 0):
                    batch.validate(full=True)
                    batch.to_pylist()
    except (pa.ArrowException, OSError, ValueError, RuntimeError) as error:
        print(type(error).__name__)
    else:
        print("read")
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])  # its own alone: rusage knows the parent's, too
"""


def write(name: str, form: str) -> str:
    """The table in groups of 40 rows."""
    if form == "parquet":
        pq.write_table(TABLE, name, row_group_size=40)
        return name
    opened = pa.ipc.new_stream if form == "stream" else pa.ipc.new_file
    with opened(name, TABLE.schema) as file:
        file.write_table(TABLE, max_chunksize=40)
    return name


def everything(name: str, first: int = 0) -> list[int]:
    """The numbers in a file, of each group from a row on."""
    with open_groups(name) as found:
        return [
            number
            for group in range(len(found.sizes))
            for place, batch in found.rows(group, ["n"], first)
            for number in batch.column("n").to_pylist()[max(0, first - place) :]
        ]


@pytest.mark.parametrize(
    ("form", "name"), [("parquet", "a.parquet"), ("stream", "a.arrow"), ("file", "a.arrow")]
)
def test_rows_of_a_group_are_read_from_any_row_on(project, form, name):
    place, sizes = fit(write(name, form), Path("copy"), lambda schema: schema)
    assert (place, sizes) == (name, [40, 40, 20])
    assert everything(name) == list(range(100))
    assert everything(name, 18) == [n for n in range(100) if n % 40 >= 18]


@pytest.mark.parametrize(("form", "name"), [("parquet", "a.parquet"), ("stream", "a.arrow")])
def test_what_is_elsewhere_and_cannot_be_held_is_copied(project, monkeypatch, form, name):
    import fsspec

    files = fsspec.filesystem("memory")
    files.pipe(f"/far/{name}", Path(write(name, form)).read_bytes())
    place, _ = fit(f"memory://far/{name}", Path("copy"), lambda schema: schema)
    assert place == ("memory://far/a.parquet" if form == "parquet" else "copy.arrow")
    monkeypatch.setattr(_grouped, "_HELD", 10)
    place, sizes = fit(f"memory://far/{name}", Path("copy"), lambda schema: schema)
    assert "://" not in place
    assert (everything(place), sizes) == (list(range(100)), [40, 40, 20])


@pytest.mark.parametrize("limit", ["_UNPACKED", "_MOST_ROWS"])
def test_a_file_that_says_it_is_huge_is_refused_before_it_is_read(project, monkeypatch, limit):
    name = write("a.parquet", "parquet")
    monkeypatch.setattr(_grouped, limit, 30)
    with pytest.raises(DataError, match="row group 0 says that it has 40 rows"), open_groups(name):
        pass


@pytest.mark.parametrize(
    ("form", "ending"), [("parquet", "parquet"), ("stream", "arrow"), ("file", "arrow")]
)
def test_sizes_that_are_lies_take_no_memory_and_end_no_process(project, form, ending):
    whole = Path(write(f"whole.{ending}", form)).read_bytes()
    names = [f"whole.{ending}"]
    for place in (*range(4, 40), *range(40, len(whole) - 8, len(whole) // 100)):
        for number, lie in enumerate((b"\xff\xff\xff\xff\x07", b"\xff\xff\xff\x3f", bytes(8))):
            damaged = whole[:place] + lie + whole[place + len(lie) :]
            names.append(f"{place}-{number}.{ending}")
            Path(names[-1]).write_bytes(damaged)
    env = os.environ | {"PYTHONPATH": str(Path(_grouped.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", READ, *names], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *said, peak = done.stdout.split()
    assert (said[0], len(said)) == ("read", len(names))
    assert len(set(said)) > 1
    assert int(peak) < 300_000  # KiB
