"""Batches in; names for them out, by all that their answers depend on: what changed is renamed."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from curate.dataset import memory

_CODE = Path(__file__).parent


class Names:
    """Names of batches, by all that their answers depend on.

    Args:
        checks: of every picture, JSON-like.
    """

    def __init__(self, *checks: Any) -> None:
        self._depends = (code(), *checks)
        self._stats: dict[Path, dict[str, list[tuple[str, int, int]]]] = {}

    def name(self, source: str, start: int, items: Sequence[Any], *depends: Any) -> str:
        """Name of a batch.

        Args:
            source: its name under crawl.sources.
            start: number of its first item.
            items: of the batch; asked for a `fingerprint()` of their content if they have one.
            depends: kind and parameters, JSON-like.
        """
        own = items.fingerprint() if hasattr(items, "fingerprint") else self._content(items)
        print_ = memory.fingerprint(own, *self._depends, *depends)
        return f"{source}-{start:09}-{print_}"

    def _content(self, items: Sequence[Any]) -> str:
        digest = hashlib.sha256()
        for item in items:
            digest.update(repr(item).encode("utf-8", "surrogatepass"))
            for file in _files(item):
                digest.update(repr(self._beside(file)).encode())
        return digest.hexdigest()

    def _beside(self, file: Path) -> list[tuple[str, int, int]]:
        """Name, size and time of change of a file and those of the same stem beside it."""
        if file.parent not in self._stats:
            found: dict[str, list[tuple[str, int, int]]] = {}
            with contextlib.suppress(OSError), os.scandir(file.parent) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    state = (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
                    found.setdefault(Path(entry.name).stem, []).append(state)
            self._stats[file.parent] = found
        return self._stats[file.parent].get(file.stem, [])


def code() -> str:
    """Fingerprint of the code that answers are made by."""
    folders = (_CODE.glob("*.py"), *((_CODE / n).rglob("*.py") for n in ("sources", "dataset")))
    return memory.fingerprint(*sorted(file for folder in folders for file in folder))


def _files(item: Any) -> Iterator[Path]:
    if isinstance(item, Path):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _files(part)
