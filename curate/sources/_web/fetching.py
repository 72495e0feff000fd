"""URLs to answers as they come: one event loop for a process, shared by all that it fetches.

Connections, host pauses and robots.txt live as long as somebody fetches, and a while longer, so
that one batch after the other asks a host no more often than a single one would.
"""

import asyncio
import contextlib
import queue
import threading
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from curate import loopback
from curate.sources import Fetch
from curate.sources._web.fetcher import Answer, Fetcher, Limits, NotTaken, Wanted

_IDLE = 30.0  # seconds after the last answer until connections are closed


class Fetched(NamedTuple):
    """What became of one URL."""

    place: int  # among the URLs that were given
    result: Answer | NotTaken
    fetch: Fetch


class _Way(NamedTuple):
    """What a fetcher is made of; requests of one way share connections and pauses."""

    limits: Limits
    served: tuple[tuple[str, Path], ...]  # names of hosts, and the folders that they serve here


class _Loop:
    """An event loop in a thread of its own, with a fetcher for each way to ask."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._fetchers: dict[_Way, tuple[Fetcher, contextlib.AsyncExitStack]] = {}
        self._users: dict[_Way, int] = {}
        threading.Thread(target=self.loop.run_forever, name="fetching", daemon=True).start()

    async def fetcher(self, way: _Way) -> Fetcher:
        """The fetcher of a way, held until `done`."""
        self._users[way] = self._users.get(way, 0) + 1
        if way not in self._fetchers:
            stack = contextlib.AsyncExitStack()
            places = stack.enter_context(loopback.serving(dict(way.served)))
            fetcher = Fetcher(way.limits, places)
            self._fetchers[way] = (fetcher, stack)
            await stack.enter_async_context(fetcher)
        return self._fetchers[way][0]

    def done(self, way: _Way) -> None:
        """Close the fetcher in a while, unless somebody takes it again."""
        self._users[way] -= 1
        self.loop.call_later(_IDLE, lambda: self.loop.create_task(self._close(way)))

    def holds(self, limits: Limits) -> bool:
        """Whether a fetcher with these limits is open."""
        return any(way.limits == limits for way in self._fetchers)

    async def _close(self, way: _Way) -> None:
        if self._users.get(way) == 0 and way in self._fetchers:
            _, stack = self._fetchers.pop(way)
            await stack.aclose()


_lock = threading.Lock()
_loops: list[_Loop] = []  # one at most


def _loop() -> _Loop:
    with _lock:
        if not _loops:
            _loops.append(_Loop())
        return _loops[0]


def fetch(
    urls: Sequence[str],
    limits: Limits,
    wanted: Wanted,
    at_once: int,
    served: Mapping[str, Path] = types.MappingProxyType({}),
) -> Iterator[Fetched]:
    """The answer to each URL, or why it is not taken, in the order in which they come.

    Args:
        urls: each is asked for once.
        limits: of each request.
        wanted: what the requests are for.
        at_once: answers that are asked for, or wait to be read here, at the same time.
        served: host name -> folder that is served on this machine by that name.

    Raises:
        SourceError: one of the folders is none.
    """
    way = _Way(limits, tuple(sorted(served.items())))
    answers: queue.SimpleQueue[Fetched | BaseException] = queue.SimpleQueue()
    running = _loop()
    room = asyncio.Semaphore(at_once)

    async def one(fetcher: Fetcher, place: int) -> None:
        started, clock = time.time(), time.perf_counter()
        result: Answer | NotTaken
        try:
            result = await fetcher.get(urls[place], wanted)
        except NotTaken as problem:
            result = problem
        except Exception as error:  # whatever a host does costs no more than its own URL
            result = NotTaken("error", f"{urls[place]}: {type(error).__name__}: {error}")
        seconds = time.perf_counter() - clock
        answers.put(Fetched(place, result, Fetch(result.url, result.status, started, seconds)))

    async def all_of_them() -> None:
        fetcher = await running.fetcher(way)
        try:
            async with asyncio.TaskGroup() as tasks:
                for place in range(len(urls)):
                    await room.acquire()
                    tasks.create_task(one(fetcher, place))
        finally:
            running.done(way)

    def ended(work: "Future[None]") -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            answers.put(error)

    def make_room(places: int) -> None:
        for _ in range(places):
            room.release()

    work = asyncio.run_coroutine_threadsafe(all_of_them(), running.loop)
    work.add_done_callback(ended)
    read, at_a_time = 0, max(1, at_once // 8)  # each call wakes the loop
    try:
        for _ in urls:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
            read += 1
            if read % at_a_time == 0:
                running.loop.call_soon_threadsafe(make_room, at_a_time)
    finally:
        work.cancel()
