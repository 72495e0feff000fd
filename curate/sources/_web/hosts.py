"""Hosts as all processes know them, through one file: requests in flight, the last one, pauses.

Requests in flight are locked bytes of the file (open file description locks, `fcntl(2)`): a
process that is killed gives up its own, and where the file system is shared by machines, as NFS,
Lustre and CephFS can be, the locks are, too. No process has to know of another.
"""

import contextlib
import fcntl
import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from curate.dataset.errors import SourceError

_HOSTS = 1 << 20  # that have a place; two that share one are spared as one
_STATE = struct.Struct("=ddd")  # last request, its delay, end of the pause; seconds since 1970
_LOCK = struct.Struct("hhqqi4x")  # struct flock: type, whence, start, length, process (0)
_SLOTS = 1 << 12  # bytes for the requests in flight to one host; the last says who waits
_PROBE = _HOSTS * (_STATE.size + _SLOTS)  # a byte that is no host's


class Hosts:
    """The state of hosts; safe beside other processes that use the same file.

    Args:
        file: made where it is not there; None for one that nobody else knows.

    Raises:
        SourceError: the file cannot be made, or its file system has no locks.
    """

    def __init__(self, file: Path | None) -> None:
        try:
            if file is None:
                with tempfile.TemporaryFile() as unnamed:
                    self._file = os.dup(unnamed.fileno())
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
            with self._locked(_PROBE):
                pass
        except OSError as error:
            raise SourceError(
                f"{file or tempfile.gettempdir()} cannot be locked ({error}), so processes cannot "
                "agree on how often they ask a host: use a file system with locks, such as NFS 4"
            ) from error
        self._mine: set[int] = set()  # locked bytes; this file's own locks do not stop it

    def close(self) -> None:
        """Give up everything; who gives a place back later does no harm."""
        self._mine.clear()
        os.close(self._file)

    def take(self, name: str, most: int) -> int | None:
        """A place among the requests in flight to a host; None where there are `most`.

        Whoever gets none is waiting for one until they get one.
        """
        first, waiting = _places(name)
        for place in range(first, min(first + most, waiting)):
            if place not in self._mine and self._lock(place, fcntl.F_WRLCK):
                self._mine.add(place)
                if waiting in self._mine:
                    self.give_back(waiting)
                return place
        self._mine.add(waiting)
        self._lock(waiting, fcntl.F_RDLCK)
        return None

    def is_wanted(self, name: str) -> bool:
        """Whether another waits for a place."""
        asked = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, _places(name)[1], 1, 0)
        return _LOCK.unpack(fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, asked))[0] != fcntl.F_UNLCK

    def give_back(self, place: int) -> None:
        """Leave a place that was taken."""
        if place in self._mine:
            self._mine.remove(place)
            self._lock(place, fcntl.F_UNLCK)

    def ask(self, name: str, delay: float, longest: float) -> float:
        """Seconds until a host may be asked; at 0 it may now, which is entered.

        Between two requests lies the longer of the delays that both know of.

        Args:
            name: of the host.
            delay: seconds between requests.
            longest: seconds that a pause may last, whatever another's clock says.
        """
        with self._locked(at := _number(name) * _STATE.size):
            last, kept, until = self._state(at)
            now, gap = time.time(), max(delay, kept)
            wait = max(min(last + gap - now, gap), min(until - now, longest))
            if wait > 0:
                return wait
            os.pwrite(self._file, _STATE.pack(now, delay, until), at)
            return 0.0

    def pause(self, name: str, seconds: float) -> None:
        """Let nobody ask a host for a while."""
        with self._locked(at := _number(name) * _STATE.size):
            last, kept, until = self._state(at)
            until = max(until, time.time() + seconds)
            os.pwrite(self._file, _STATE.pack(last, kept, until), at)

    def _state(self, at: int) -> tuple[float, float, float]:
        last, kept, until = _STATE.unpack(
            os.pread(self._file, _STATE.size, at).ljust(_STATE.size, b"\0")
        )
        return last, kept, until

    @contextlib.contextmanager
    def _locked(self, at: int) -> Iterator[None]:
        """Hold a byte; who holds it never waits, so others need not be patient."""
        self._lock(at, fcntl.F_WRLCK, fcntl.F_OFD_SETLKW)
        try:
            yield
        finally:
            self._lock(at, fcntl.F_UNLCK)

    def _lock(self, at: int, kind: int, how: int = fcntl.F_OFD_SETLK) -> bool:
        """Lock or unlock a byte; gives whether that could be done at once."""
        try:
            fcntl.fcntl(self._file, how, _LOCK.pack(kind, os.SEEK_SET, at, 1, 0))
        except BlockingIOError:
            return False
        return True


def _places(name: str) -> tuple[int, int]:
    """The first byte of a host's places, and the one that who waits has locked."""
    first = _HOSTS * _STATE.size + _number(name) * _SLOTS
    return first, first + _SLOTS - 1


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) % _HOSTS
