"""Whose turn it is: few requests at once to one host, with pauses; many hosts at the same time.

What one host may be asked holds over all processes that share a file, see `hosts`: the number of
requests in flight, the time between two, and a pause that the host asked one of them for.
"""

import asyncio
import contextlib
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from curate.sources._web.hosts import Hosts

_MOST = 20_000  # hosts that are remembered
_CHANCES = 8  # old hosts that are looked at when there are too many
_SLICE = 0.1  # seconds for which a process keeps a place that others wait for
_LOOK = (0.002, 0.02)  # seconds until it looks for a place again, at first and at last


class Place(NamedTuple):
    """One of the requests in flight to a host."""

    number: int  # as `Hosts.take` gives it
    until: float  # monotonic seconds, after which others may have it


@dataclass
class Host:
    """One host, as this process knows it."""

    name: str
    places: asyncio.Semaphore
    delay: float  # seconds between requests
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by who is to ask next
    kept: list[Place] = field(default_factory=list)  # for those who wait
    users: int = 0  # requests that have their turn or wait for it
    asking: int = 0  # requests that have it
    yields_until: float = 0.0  # monotonic seconds, before which no place is taken

    def slow_down(self, delay: float) -> None:
        """Leave at least so many seconds between requests."""
        self.delay = max(self.delay, delay)


class Turns:
    """Gives out turns.

    Args:
        connections: requests at once to one host.
        at_once: requests at once over all hosts, of this process.
        longest: seconds that a host may be left alone because another process says so.
        file: shared with other processes; None for this one alone.

    Raises:
        SourceError: the file cannot be shared.
    """

    def __init__(self, connections: int, at_once: int, longest: float, file: Path | None) -> None:
        self._connections = connections
        self._longest = longest
        self._room = asyncio.Semaphore(at_once)
        self._shared = Hosts(file)
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def close(self) -> None:
        """Give up all places."""
        self._shared.close()

    def host(self, name: str, delay: float) -> Host:
        """A host, which starts with a delay in seconds."""
        if name not in self._hosts:
            self._hosts[name] = Host(name, asyncio.Semaphore(self._connections), delay)
            self._forget()
        self._hosts.move_to_end(name)
        return self._hosts[name]

    def pause(self, host: Host, seconds: float) -> None:
        """Let no process ask a host for a while."""
        self._shared.pause(host.name, seconds)

    @contextlib.asynccontextmanager
    async def turn(self, host: Host) -> AsyncIterator[None]:
        """Wait for a place at the host, for its pause to end, for room among all hosts."""
        host.users += 1
        try:
            async with host.places:
                async with host.gate:
                    place = await self._place(host)
                host.asking += 1
                try:
                    yield
                finally:
                    host.asking -= 1
                    self._room.release()
                    self._leave(host, place)
        finally:
            host.users -= 1
            while host.kept and not host.users:
                self._shared.give_back(host.kept.pop().number)

    async def _place(self, host: Host) -> Place:
        """Wait until the host may be asked, and enter that it is."""
        look, last = _LOOK
        while True:
            await self._room.acquire()
            place = self._taken(host)
            pause = self._shared.ask(host.name, host.delay, self._longest) if place else 0.0
            if place and not pause:
                return place
            self._room.release()
            if place:
                self._shared.give_back(place.number)
            else:
                pause, look = look * random.uniform(0.5, 1.0), min(2 * look, last)
            await asyncio.sleep(pause)

    def _taken(self, host: Host) -> Place | None:
        """A place of this process, or a new one; None where others have them all."""
        now = time.monotonic()
        if host.kept:
            return host.kept.pop()
        if now < host.yields_until:
            return None
        number = self._shared.take(host.name, self._connections)
        return None if number is None else Place(number, now + _SLICE)

    def _leave(self, host: Host, place: Place) -> None:
        """Pass a place on: within this process, but after a while to one that waits for it."""
        now = time.monotonic()
        if host.delay or host.users - 1 == host.asking:
            self._shared.give_back(place.number)
        elif now < place.until:
            host.kept.append(place)
        elif not self._shared.is_wanted(host.name):
            host.kept.append(Place(place.number, now + _SLICE))
        else:
            self._shared.give_back(place.number)
            host.yields_until = now + _LOOK[1]

    def _forget(self) -> None:
        """Drop hosts that were asked longest ago, once there are too many."""
        for _ in range(_CHANCES):
            if len(self._hosts) <= _MOST:
                return
            name, host = self._hosts.popitem(last=False)
            if host.users:
                self._hosts[name] = host
