"""Questions in; their answers by a searcher's threads out, and how much may wait for them.

Whoever asks when too many wait, or sends or is sent more than there is memory for, is turned away
with 503 and may ask again: so no flood fills the memory, and those who are let in are answered.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tornado.web import HTTPError

from curate.dataset.errors import DataError, ImageError, ParamsError
from train.search.searcher import Searcher

THREADS = 2  # that answer
ROOM = 200_000_000  # bytes that are held for all clients together, of either kind
_WAITING = 64  # questions that wait for the threads


class Room:
    """So many bytes that are held at once; what is larger than all of it is held alone.

    Args:
        size: bytes.
        what: they are, for a message.

    Attributes:
        held: bytes that are taken now.
    """

    def __init__(self, size: int, what: str) -> None:
        self._size, self._what, self.held = size, what, 0

    def take(self, size: int) -> None:
        """Hold so many bytes more, until they are given back.

        Raises:
            HTTPError: 503, there is no room for them.
        """
        if self.held and self.held + size > self._size:
            raise HTTPError(
                503, f"{self.held:,} bytes {self._what} are held; ask again in a second"
            )
        self.held += size

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self.held -= size

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Hold so many bytes for a while.

        Raises:
            HTTPError: 503, there is no room for them.
        """
        self.take(size)
        try:
            yield
        finally:
            self.give(size)


class Answers:
    """Asks a searcher on threads of its own, and turns away what cannot wait.

    Args:
        searcher: whom to ask.
        waiting: questions at once.
        room: bytes of what clients send, and as many of what they are sent.

    Attributes:
        room: as it was told.
        sent: room for what clients send, until it is answered.
        unread: room for what they are sent, until it has left.
    """

    def __init__(self, searcher: Searcher, waiting: int = _WAITING, room: int = ROOM) -> None:
        self.searcher, self._most, self._now = searcher, waiting, 0
        self.room = room
        self.sent, self.unread = Room(room, "of pictures"), Room(room, "of answers")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="search")

    async def ask(self, question: Callable[[], Any]) -> Any:
        """The answer to a question.

        Raises:
            HTTPError: 503, too many are waiting; and as errors of ours are told.
        """
        if self._now >= self._most:
            raise HTTPError(503, f"{self._most} questions are waiting; ask again in a second")
        self._now += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except ImageError as error:
            raise HTTPError(400, f"the body is no picture that can be read: {error}") from error
        except ParamsError as error:
            raise HTTPError(400, str(error)) from error
        except DataError as error:
            raise HTTPError(404, str(error)) from error
        finally:
            self._now -= 1
