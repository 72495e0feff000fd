"""The items of a batch in; the same in a few bytes each, until a worker takes them up, out.

A sample of a tar is a dozen objects of Python, 860 bytes; packed with its neighbours it is 22. The
process that lists a million of them, and waits for their answers, so holds 22 MB instead of 860.
"""

import pickle
import zlib
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
_LEVEL = 1  # of zlib: others take longer, and hardly less room


class Packed(Generic[Item]):
    """Some items, which are unpacked each time that they are asked for.

    Args:
        items: any that can be sent to another process.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._count = len(items)
        self._data = zlib.compress(pickle.dumps(items, pickle.HIGHEST_PROTOCOL), _LEVEL)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        # written above by this process, or by the one that sent it
        return iter(pickle.loads(zlib.decompress(self._data)))
