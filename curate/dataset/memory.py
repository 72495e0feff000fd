"""Remembered results: what was computed for a key is looked up, not computed again.

Results are kept as parquet files under `<root>/<name>/<fingerprint>/`; a fingerprint covers
everything but the key that the result depends on (code, params, weights). The memory lies
outside DVC's outputs and may be deleted at any time: that costs time, never a byte of a result.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError

_GATHERED = 1 << 16  # rows of a file that is made of several
DEFAULT_ROOT = Path(os.environ.get("PAIRWRIGHT_MEMORY", ".pairwright/memory"))


def fingerprint(*parts: Any) -> str:
    """Hash of JSON-like values, bytes and files (given as Path, a folder with all below it)."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            files = sorted(part.rglob("*")) if part.is_dir() else [part]
            for file in (f for f in files if f.is_file()):
                digest.update(file.relative_to(part.parent).as_posix().encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
        elif isinstance(part, bytes):
            digest.update(hashlib.sha256(part).digest())
        else:
            digest.update(json.dumps(part, sort_keys=True, default=str).encode())
        digest.update(b"\x1f")
    return digest.hexdigest()[:32]


class Memory:
    """Results of one computation, keyed by one column.

    Args:
        name: whose results, e.g. the scorer's name.
        print_: its fingerprint, see `fingerprint`.
        key: column that names a row.
        schema: columns of a result, the key among them.
        root: where memories lie.
    """

    def __init__(
        self, name: str, print_: str, key: str, schema: pa.Schema, root: Path = DEFAULT_ROOT
    ) -> None:
        self._folder = root / name / print_
        self.key = key
        self.schema = schema

    def recall(self, keys: pa.ChunkedArray) -> pa.Table:
        """The remembered rows among `keys`, each once, in no particular order.

        Keys are looked up once for all files, so that time grows with rows, not rows x files.
        """
        files = sorted(self._folder.glob("*.parquet"))
        held = [(file, self._read(file, [self.key])) for file in files]
        chunks = [c for _, names in held if names for c in names.column(0).chunks]
        places = pc.index_in(pa.chunked_array(chunks, pa.string()), value_set=pc.unique(keys))
        there = np.flatnonzero(places.is_valid().to_numpy())
        _, first = np.unique(places.drop_null().to_numpy(), return_index=True)
        wanted = np.zeros(len(places), np.bool_)
        wanted[there[first]] = True
        parts, start = [], 0
        for file, names in held:
            count = len(names) if names else 0
            chosen = wanted[start : start + count]
            start += count
            if chosen.any() and (part := self._read(file, self.schema.names)):
                parts.append(part.filter(pa.array(chosen)))
        return tables.concat(parts, self.schema)

    def remember(self, rows: pa.Table) -> None:
        """Keep rows for the next time; safe beside other processes that do the same."""
        if rows.num_rows:
            tables.write(rows, self._file(rows.column(self.key)), self.key, self.schema)

    def kept(self, keys: pa.ChunkedArray) -> pa.Table | None:
        """What was remembered at once for just these keys; None where it was not, or is damaged."""
        file = self._file(keys)
        return self._read(file, self.schema.names) if file.is_file() else None

    def gather(self, parts: Sequence[pa.Table]) -> None:
        """Keep in few files what was remembered part by part."""
        numbers = np.cumsum([part.num_rows for part in parts]) // _GATHERED
        for number in np.unique(numbers):
            some = [part for part, its in zip(parts, numbers, strict=True) if its == number]
            whole = tables.concat(some, self.schema)
            self.remember(whole)
            files = {self._file(part.column(self.key)) for part in some}
            for file in files - {self._file(whole.column(self.key))}:
                file.unlink(missing_ok=True)

    def _file(self, keys: pa.ChunkedArray) -> Path:
        names = "\0".join(sorted(keys.to_pylist()))
        return self._folder / f"{hashlib.sha256(names.encode()).hexdigest()[:32]}.parquet"

    def _read(self, file: Path, columns: Sequence[str]) -> pa.Table | None:
        """Some columns of a file; None where it is damaged, which is a forgotten one."""
        schema = pa.schema([self.schema.field(name) for name in columns])
        try:
            return tables.conform(tables.read(file, columns), schema, file)
        except DataError:
            return None
