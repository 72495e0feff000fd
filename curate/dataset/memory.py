"""Remembered results: what was computed for a key is looked up, not computed again.

Results are kept as parquet files under `<root>/<name>/<fingerprint>/`; a fingerprint covers
everything but the key that the result depends on (code, params, weights). The memory lies
outside DVC's outputs and may be deleted at any time: that costs time, never a byte of a result.
"""

import contextlib
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
_FILES = 8  # of fewer rows than that, which are left as they are
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
        held = [(file, self._read(file, [self.key])) for file in self._files()]
        chunks = [c for _, names in held if names for c in names.column(0).chunks]
        places = pc.index_in(pa.chunked_array(chunks, pa.string()), value_set=keys)
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
                parts.append(part if chosen.all() else part.filter(pa.array(chosen)))
        return tables.concat(parts, self.schema)

    def remember(self, rows: pa.Table) -> None:
        """Keep rows for the next time; safe beside other processes that do the same."""
        if rows.num_rows:
            tables.write(rows, self._file(rows.column(self.key)), self.key, self.schema)

    def kept(self, keys: pa.ChunkedArray) -> pa.Table | None:
        """What was remembered at once for just these keys; None where it was not, or is damaged."""
        file = self._file(keys)
        return self._read(file, self.schema.names) if file.is_file() else None

    def holds(self, keys: pa.ChunkedArray) -> bool:
        """Whether all of some keys are remembered; reads no other column.

        Args:
            keys: all different.
        """
        sizes = self._sizes()
        if sum(sizes.values()) < len(keys):
            return False
        names = [self._read(file, [self.key]) for file in sizes]
        known = tables.concat([n for n in names if n], pa.schema([self.schema.field(self.key)]))
        there = pc.is_in(keys, value_set=known.column(0).combine_chunks())
        return bool(pc.all(there, min_count=0).as_py())

    def gather(self) -> None:
        """Keep in few files what was remembered part by part, by whichever run.

        Safe beside other processes: what goes was written anew before. A process that still looks
        for it where it was takes it for forgotten.
        """
        small = {file: rows for file, rows in self._sizes().items() if rows < _GATHERED}
        if len(small) <= _FILES:
            return
        numbers = np.cumsum(list(small.values())) // _GATHERED
        for number in np.unique(numbers):
            some = [file for file, its in zip(small, numbers, strict=True) if its == number]
            self._join(some)

    def _join(self, files: Sequence[Path]) -> None:
        """Make one file of several; of a key that is in many of them the first row stays."""
        read = {file: rows for file in files if (rows := self._read(file, self.schema.names))}
        rows = tables.concat(list(read.values()), self.schema)
        _, first = np.unique(rows.column(self.key).to_numpy(), return_index=True)
        whole = rows.take(pa.array(np.sort(first)))
        self.remember(whole)
        for file in read.keys() - {self._file(whole.column(self.key))}:
            file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))

    def _sizes(self) -> dict[Path, int]:
        """Rows of each file that is not damaged, as its metadata says."""
        found = {}
        for file in self._files():
            with contextlib.suppress(DataError):
                found[file] = tables.count(file)
        return found

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
