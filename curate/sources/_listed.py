"""Items of a source, some in memory and the rest on disk, as one sequence."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from curate.sources._rows import Rows


class Listed(Sequence[Any]):
    """Items, then rows; slices are small descriptions, as those of `Rows` are.

    Args:
        items: as many as fit in memory.
        rows: of any number.
    """

    def __init__(self, items: Sequence[Any], rows: Rows) -> None:
        self._items = items
        self._rows = rows

    def __len__(self) -> int:
        return len(self._items) + len(self._rows)

    def __getitem__(self, some: Any) -> "Listed":
        """A run of them."""
        start, stop, _ = some.indices(len(self))
        first, last = (max(0, place - len(self._items)) for place in (start, stop))
        return Listed(self._items[start:stop], self._rows[first:last])

    def __iter__(self) -> Iterator[Any]:
        yield from self._items
        yield from self._rows

    def fingerprint(self) -> str:
        """Hash of the content of items and rows."""
        return hashlib.sha256(f"{self._items}{self._rows.fingerprint()}".encode()).hexdigest()
