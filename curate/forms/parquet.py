"""Pairs with their pictures in; parquet files with the record's columns and the bytes, out."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.dataset import files, record
from curate.forms import About, Sample

BYTES = "bytes"
PLACE = ("set", "shard", "offset", "size")  # columns that point to bytes elsewhere
_ROW_GROUP = 256  # rows: what a reader holds at once
_KEPT = [field for field in record.MANIFEST if field.name not in PLACE]
_SCHEMA = pa.schema([*_KEPT, pa.field(BYTES, pa.binary(), nullable=False)])  # encoded pictures


def name(split: str, number: int, count: int) -> str:
    """Name of a file."""
    return f"{split}-{number:05}-of-{count:05}.parquet"


def write(samples: Sequence[Sample], file: Path) -> None:
    """Write a file."""
    save([{**sample.row, BYTES: sample.data} for sample in samples], _SCHEMA, file)


def finish(out: files.Place, about: About) -> None:
    """Nothing lies beside the files."""


def save(rows: list[dict[str, object]], schema: pa.Schema, file: Path) -> None:
    """Write rows in groups that a reader can hold; LZ4 hands on what is compressed already."""
    table = pa.Table.from_pylist(rows, schema)
    pq.write_table(table, file, row_group_size=_ROW_GROUP, compression="lz4")
