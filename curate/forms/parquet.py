"""Pairs with their pictures in; parquet files with the record's columns and the bytes, out."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def write(samples: Iterable[Sample], file: Path) -> None:
    """Write a file."""
    save(({**sample.row, BYTES: sample.data} for sample in samples), _SCHEMA, file)


def finish(out: files.Place, about: About) -> None:
    """Nothing lies beside the files."""


def save(rows: Iterable[Mapping[str, Any]], schema: pa.Schema, file: Path) -> None:
    """Write rows in groups that fit into memory; LZ4 hands on what is compressed already."""
    left = iter(rows)
    with pq.ParquetWriter(file, schema, compression="lz4") as writer:
        while some := list(itertools.islice(left, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(some, schema))
