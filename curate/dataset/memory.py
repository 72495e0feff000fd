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

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError

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

    def recall(self, keys: Sequence[str]) -> pa.Table:
        """The remembered rows among `keys`, each once, in no particular order."""
        wanted = pa.array(sorted(set(keys)), pa.string())
        parts = []
        for file in sorted(self._folder.glob("*.parquet")):
            try:
                part = tables.conform(tables.read(file), self.schema, file)
            except DataError:
                continue  # a damaged memory is a forgotten one
            part = part.filter(pc.is_in(part.column(self.key), value_set=wanted))
            wanted = wanted.filter(
                pc.invert(pc.is_in(wanted, value_set=part.column(self.key).combine_chunks()))
            )
            parts.append(part)
        return tables.concat(parts, self.schema)

    def remember(self, rows: pa.Table) -> None:
        """Keep rows for the next time; safe beside other processes that do the same."""
        if rows.num_rows == 0:
            return
        names = "".join(sorted(rows.column(self.key).to_pylist()))
        file = f"{hashlib.sha256(names.encode()).hexdigest()[:32]}.parquet"
        tables.write(rows, self._folder / file, self.key, self.schema)
