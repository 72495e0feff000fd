"""What was found out under a name: once for all who ask, for a while, and not without end."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from curate.sources._web.refused import NotTaken

T = TypeVar("T")
_CHANCES = 8  # old entries that are looked at when there are too many


class Kept(Generic[T]):
    """Finds things out and keeps them.

    Args:
        find: asked once for a name; what it refuses with NotTaken is kept, too.
        seconds: for which an answer is used again.
        most: answers that are kept; the ones used longest ago go first.
        refused: seconds for which a refusal stands before it is found out anew.
    """

    def __init__(
        self, find: Callable[[str], Awaitable[T]], seconds: float, most: int, refused: float
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._refused = refused
        self._most = most
        self._known: OrderedDict[str, tuple[float, asyncio.Task[T | NotTaken]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def get(self, name: str) -> T:
        """What there is under a name.

        Raises:
            NotTaken: as it was refused, each time anew.
        """
        until, task = self._known.get(name, (0.0, None))
        if task is None or (task.done() and time.monotonic() >= until):
            task = asyncio.create_task(self._outcome(name))
            self._known[name] = (time.monotonic() + self._seconds, task)
            self._forget()
        self._known.move_to_end(name)
        found = task.result() if task.done() else await asyncio.shield(task)
        if isinstance(found, NotTaken):
            raise NotTaken(found.reason, found.detail)
        return found

    def close(self) -> None:
        """Wait for no further answers."""
        for _, task in self._known.values():
            task.cancel()

    async def _outcome(self, name: str) -> T | NotTaken:
        try:
            return await self._find(name)
        except NotTaken as problem:
            self._shorten(name)
            return problem

    def _shorten(self, name: str) -> None:
        """Let an answer that is a refusal stand for no longer than one does."""
        if name in self._known:
            _, task = self._known[name]
            self._known[name] = (time.monotonic() + self._refused, task)

    def _forget(self) -> None:
        """Drop old answers, those that are still awaited aside."""
        for _ in range(_CHANCES):
            if len(self._known) <= self._most:
                return
            name, entry = self._known.popitem(last=False)
            if not entry[1].done():
                self._known[name] = entry
