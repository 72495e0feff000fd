"""Pairs with their pictures in; parquet files with the record's columns and the bytes, out."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate import croissant
from curate.dataset import files, record, tables
from curate.forms import About, Described, Sample, Written

BYTES = "bytes"
PLACE = ("set", "shard", "offset", "size")  # columns that point to bytes elsewhere
_ROW_GROUP = 256  # rows: what a reader holds at once
_KEPT = [field for field in record.MANIFEST if field.name not in PLACE]
_SCHEMA = pa.schema([*_KEPT, pa.field(BYTES, pa.binary(), nullable=False)])  # encoded pictures
COLUMNS = tuple(field.name for field in _KEPT)
READ = """
The encoded pictures are in the column `bytes`.

```python
import pyarrow.dataset

pairs = pyarrow.dataset.dataset(["train-00000-of-00001.parquet"]).to_table()

import mlcroissant

for pair in mlcroissant.Dataset("croissant.json").records("pairs"):
    ...  # pair["pairs/picture"] is a PIL image, pair["pairs/caption"] its caption
```
"""


def name(split: str, number: int, count: int) -> str:
    """Name of a file."""
    return f"{split}-{number:05}-of-{count:05}.parquet"


def write(samples: Iterable[Sample], file: Path) -> None:
    """Write a file."""
    save(({**sample.row, BYTES: sample.data} for sample in samples), _SCHEMA, file)


def finish(out: files.Place, about: About) -> list[Written]:  # noqa: ARG001
    """Nothing lies beside the files."""
    return []


def described(about: About, beside: list[Written]) -> Described:  # noqa: ARG001
    """The files, and their rows with decoded pictures."""
    import mlcroissant as mlc

    source = mlc.Source(file_set=SET, extract=mlc.Extract(column=BYTES))
    fields = [*croissant.fields(_KEPT, file_set=SET), croissant.picture(source)]
    return Described(distribution(about, ""), fields, {s: f"{s}-*.parquet" for s in about.splits})


SET = "tables"  # id of the set of all files


def distribution(about: About, folder: str) -> list[Any]:
    """Each parquet file with its hash, and the set of all in a folder, which records come from."""
    import mlcroissant as mlc

    listed = [
        croissant.file(f.name, f.name, croissant.PARQUET, f._asdict(), f"{f.pairs:,} pairs.")
        for f in about.files
    ]
    every = mlc.FileSet(
        id=SET,
        description="All files of pairs.",
        encoding_formats=[croissant.PARQUET],
        includes=[f"{folder}{split}-*.parquet" for split in about.splits],
    )
    return [*listed, every]


def save(
    rows: Iterable[Mapping[str, Any]], schema: pa.Schema, file: Path, pictures: str = BYTES
) -> None:
    """Write rows in groups that fit into memory.

    Pictures are compressed already: they are written as they are, and no dictionary nor least and
    greatest value is looked for, which takes twice as long as writing them.

    Args:
        rows: of the schema.
        schema: of the file.
        file: on this machine.
        pictures: path of the column of encoded pictures.
    """
    left = iter(rows)
    texts = [field.name for field in schema if not pictures.startswith(field.name)]
    how: dict[str, Any] = {
        "compression": {**dict.fromkeys(texts, "lz4"), pictures: "none"},
        "use_dictionary": texts,
        "write_statistics": texts,
        **tables.CHECKED,
    }
    with pq.ParquetWriter(file, schema, **how) as writer:
        while some := list(itertools.islice(left, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(some, schema))
