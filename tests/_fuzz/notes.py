"""What a fuzzed process is doing, in a file that outlives it: inputs read so far, and the last."""

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

LONGEST = 1 << 16  # bytes of an input
_HEAD = struct.Struct("<QQQ")  # inputs begun, inputs ended, bytes of the last


class Note(NamedTuple):
    """A look at such a file."""

    begun: int
    ended: int
    last: bytes  # the input that is being read, or was read last


class Notes:
    """Writes the file; what is written is there however the process ends.

    Args:
        file: is made.
    """

    def __init__(self, file: Path) -> None:
        file.write_bytes(bytes(_HEAD.size + LONGEST))
        with file.open("r+b") as opened:
            self._held = mmap.mmap(opened.fileno(), 0)
        self._begun = self._ended = 0

    def begin(self, data: bytes) -> None:
        """Note an input before it is read."""
        self._begun += 1
        self._held[_HEAD.size : _HEAD.size + len(data)] = data
        _HEAD.pack_into(self._held, 0, self._begun, self._ended, len(data))

    def end(self) -> None:
        """Note that it was read."""
        self._ended += 1
        struct.pack_into("<Q", self._held, 8, self._ended)


def look(file: Path) -> Note:
    """What such a file tells; nothing begun where there is none yet."""
    try:
        held = file.read_bytes()
    except FileNotFoundError:
        return Note(0, 0, b"")
    if len(held) < _HEAD.size:
        return Note(0, 0, b"")
    begun, ended, size = _HEAD.unpack_from(held)
    return Note(begun, ended, held[_HEAD.size : _HEAD.size + size])
