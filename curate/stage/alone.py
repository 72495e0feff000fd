"""A folder in; the sole right among this machine's processes to work in it, out.

The operating system frees it when the process that has it ends, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curate.dataset.errors import BusyError


@contextmanager
def alone(folder: Path, out: Path) -> Iterator[None]:
    """Keep other runs from a folder, which is there.

    Args:
        folder: that is locked; nothing is written there.
        out: what is being written, for the message.

    Raises:
        BusyError: another process has it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another run is writing {out}; let it end first") from None
        yield
    finally:
        os.close(handle)
