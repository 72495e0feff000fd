"""A file on a store in; the sole right to work beside it out, for as long as it is renewed.

Stores know no locks that end with their owner, so the owner writes its file anew every few
seconds, and one who wants the right watches the file: while it changes the owner lives, and when
it has stayed the same for long enough the owner is dead. No clocks are compared. The file is
created in one step, where there is none. Where two crawls find the same dead owner in the same
second it is an honest best effort: an owner looks again before it writes what others can read.
"""

import contextlib
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator

from upath import UPath

from curate.dataset.errors import SourceError

_RENEWED = 5.0  # seconds from one renewal to the next
_LIFE = 20.0  # seconds without one after which an owner is taken for dead


class Lease:
    """The right to work beside a file.

    Args:
        file: on a store.
        what: is to be written, for messages.
    """

    def __init__(self, file: UPath, what: str) -> None:
        self._file = file
        self._what = what
        self._owner = f"{uuid.uuid4().hex} process {os.getpid()} on {socket.gethostname()}"
        self._ended = threading.Event()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Have the right for a while.

        Raises:
            SourceError: another has it, or nothing can be written there.
        """
        while not self._created():
            self._outlive()
        renewing = threading.Thread(target=self._renew, daemon=True)
        renewing.start()
        try:
            yield
        finally:
            self._ended.set()
            renewing.join()
            if self._is_ours():
                self._file.unlink()

    def check(self) -> None:
        """Make sure that the right was not lost.

        Raises:
            SourceError: another took it, since this process was silent for too long.
        """
        if not self._is_ours():
            raise SourceError(
                f"another crawl of {self._what} took over from this one: {self._file}"
            )

    def _created(self) -> bool:
        try:
            self._file.fs.pipe_file(self._file.path, self._owner.encode(), mode="create")
        except FileExistsError:
            return False
        except Exception as error:  # each store's client has errors of its own
            said = str(error).partition("\n")[0]
            raise SourceError(f"{self._file} cannot be written to: {said}") from error
        return True

    def _outlive(self) -> None:
        """Remove the file of a dead owner.

        Raises:
            SourceError: the owner lives.
        """
        found = self._read()
        print(f"crawl: another one left {self._file}; is it alive?", file=sys.stderr)
        until = time.monotonic() + _LIFE
        while time.monotonic() < until:
            time.sleep(_LIFE / 40)
            now = self._read()
            if now is None:
                return
            if now != found:
                _, _, owner = now.decode(errors="replace").partition(" ")
                raise SourceError(
                    f"another crawl is writing {self._what} ({owner}); let it end first"
                )
        self._file.unlink(missing_ok=True)

    def _read(self) -> bytes | None:
        try:
            return bytes(self._file.fs.cat_file(self._file.path))
        except FileNotFoundError:
            return None

    def _is_ours(self) -> bool:
        return (self._read() or b"").startswith(self._owner.encode())

    def _renew(self) -> None:
        count = 0
        while not self._ended.wait(_RENEWED):
            with contextlib.suppress(Exception):  # a store that does not answer now may do so soon
                if self._is_ours():
                    count += 1
                    text = f"{self._owner}, renewed {count} times"
                    self._file.fs.pipe_file(self._file.path, text.encode(), mode="overwrite")
