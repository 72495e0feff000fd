from pathlib import Path

import pyarrow.parquet as pq

from curate.dataset import files, record
from curate.export import export


def test_any_parquet_reader_has_the_record_and_the_bytes(drawn_project, workers):
    drawn_project.freeze()
    out = files.place(str(drawn_project.root / "out"))
    export(Path("data/snapshot"), out, "parquet", ["test"], 5000)
    (file,) = out.glob("*.parquet")
    assert file.name == "test-00000-of-00001.parquet"
    rows = pq.read_table(file).to_pylist()
    wanted = [row for row in drawn_project.manifest() if row["split"] == "test"]
    assert [record.image_name(row.pop("bytes")) for row in rows] == [r["image"] for r in wanted]
    assert rows == [{key: row[key] for key in rows[0]} for row in wanted]
