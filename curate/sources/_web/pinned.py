"""Host names to addresses that were checked: no public page leads to a private address.

A name is looked up here, once for as long as the answer is kept; every address is checked, and
connections go to those very addresses and no others, so that a name which changes its address
between check and connection (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from curate.dataset.errors import ParamsError
from curate.sources._web.kept import Kept
from curate.sources._web.refused import NotTaken

Lookup = Callable[[str], Awaitable[Collection[str]]]  # host name -> its addresses, or OSError
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOOKUPS = 32  # names looked up at once
_MOST = 100_000  # names that are remembered
_PAUSES = (0.2, 1.0)  # seconds before a name server in trouble is asked again


class Place(NamedTuple):
    """Where connections for a host may go."""

    addresses: tuple[str, ...]
    port: int | None = None  # None: the one that the URL says


class Resolver:
    """Looks names up, remembers the answers, lets nothing private pass.

    Args:
        served: host names that are served on this machine -> address and port.
        private: hosts, as URLs name them, that may be private; and networks (`10.0.0.0/8`)
            whose addresses any host may have.
        patience: seconds for one answer.
        kept: seconds for which an answer is used again.
        trouble: seconds for which a name without one is not asked for again.
        lookup: asked for a name's addresses; None for the system's resolver.

    Raises:
        ParamsError: an entry of `private` with a slash is no network.
    """

    def __init__(
        self,
        served: Mapping[str, tuple[str, int]],
        private: Collection[str],
        patience: float,
        kept: float,
        trouble: float,
        lookup: Lookup | None = None,
    ) -> None:
        self._served = served
        self._names = frozenset(private)
        self._networks = tuple(_network(entry) for entry in private if "/" in entry)
        self._patience = patience
        self._places = Kept(self._find, kept, _MOST, trouble)
        self._threads = ThreadPoolExecutor(_LOOKUPS, "names")
        self._lookup = lookup or self._ask_system

    def close(self) -> None:
        """Wait for no further answers."""
        self._places.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def place(self, name: str) -> Place:
        """Where a host is.

        Raises:
            NotTaken: it is nowhere (`no answer`, `too slow`), or at a `private address`.
        """
        if name in self._served:
            address, port = self._served[name]
            return Place((address,), port)
        return await self._places.get(name)

    async def _find(self, name: str) -> Place:
        try:
            async with asyncio.timeout(self._patience):
                found = [_read(text) for text in await self._patiently(name)]
        except TimeoutError as error:
            raise NotTaken("too slow", f"{name}: no address in {self._patience:g} s") from error
        except (OSError, ValueError) as error:
            raise NotTaken("no answer", f"{name} is not known ({error})") from error
        if not found:
            raise NotTaken("no answer", f"{name} has no address")
        for address in found if name not in self._names else ():
            if not (is_public(address) or any(address in network for network in self._networks)):
                where = name if name == str(address) else f"{name}, {address},"
                raise NotTaken("private address", f"{where} is not public; see private_hosts")
        return Place(tuple(dict.fromkeys(map(str, found))))

    async def _patiently(self, name: str) -> Collection[str]:
        """Ask again while the name server is in trouble."""
        for pause in _PAUSES:
            try:
                return await self._lookup(name)
            except socket.gaierror as error:
                if error.errno != socket.EAI_AGAIN:
                    raise
            await asyncio.sleep(pause)
        return await self._lookup(name)

    async def _ask_system(self, name: str) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        )
        return [str(entry[4][0]) for entry in found]


def _read(text: str) -> _Address:
    """An address; the zone of a link-local one (`%eth0`) is left out."""
    return ipaddress.ip_address(text.partition("%")[0])


def is_public(address: _Address) -> bool:
    """Whether an address is one of the public internet, also when it wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _network(entry: str) -> _Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise ParamsError(f"private host {entry!r} is no network: {error}") from error
