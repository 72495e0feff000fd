"""Whose turn it is: few requests at once to one host, with pauses; many hosts at the same time."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_MOST = 20_000  # hosts that are remembered
_CHANCES = 8  # old hosts that are looked at when there are too many


@dataclass
class Host:
    """The state of one host."""

    places: asyncio.Semaphore
    delay: float  # seconds between requests
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic seconds before which nothing is sent
    users: int = 0  # requests that have their turn or wait for it

    def pause(self, seconds: float) -> None:
        """Send nothing for a while."""
        self.free_at = max(self.free_at, time.monotonic() + seconds)

    def slow_down(self, delay: float) -> None:
        """Leave at least so many seconds between requests."""
        self.delay = max(self.delay, delay)

    @property
    def at_rest(self) -> bool:
        """Whether nobody asks it or waits for it, and it need not be spared."""
        return self.users == 0 and time.monotonic() >= self.free_at


class Turns:
    """Gives out turns.

    Args:
        connections: requests at once to one host.
        at_once: requests at once over all hosts.
    """

    def __init__(self, connections: int, at_once: int) -> None:
        self._connections = connections
        self._room = asyncio.Semaphore(at_once)
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def host(self, name: str, delay: float) -> Host:
        """The state of a host, which starts with a delay in seconds."""
        if name not in self._hosts:
            self._hosts[name] = Host(asyncio.Semaphore(self._connections), delay)
            self._forget()
        self._hosts.move_to_end(name)
        return self._hosts[name]

    @contextlib.asynccontextmanager
    async def turn(self, host: Host) -> AsyncIterator[None]:
        """Wait for a free connection, for the host's pause to end, for room among all hosts."""
        host.users += 1
        try:
            async with host.places:
                async with host.gate:
                    while (pause := host.free_at - time.monotonic()) > 0:
                        await asyncio.sleep(pause)
                    host.pause(host.delay)
                async with self._room:
                    yield
        finally:
            host.users -= 1

    def _forget(self) -> None:
        """Drop hosts that were asked longest ago, once there are too many."""
        for _ in range(_CHANCES):
            if len(self._hosts) <= _MOST:
                return
            name, host = self._hosts.popitem(last=False)
            if not host.at_rest:
                self._hosts[name] = host
