"""Connections only to addresses that were checked: no public name leads to a private address.

Names are resolved here, every address is checked, and the connection goes to that very address,
so that a name which changes its address between check and connection gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Mapping

import httpx


class NotTaken(Exception):  # noqa: N818
    """A URL that is not taken; `reason` is a short class of reasons."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Pinned(httpx.AsyncHTTPTransport):
    """Connects to addresses that it has resolved and checked itself."""

    def __init__(
        self, served: Mapping[str, tuple[str, int]], private: Collection[str], connections: int
    ) -> None:
        super().__init__(limits=httpx.Limits(max_connections=connections))
        self._served = served
        self._private = private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        port: int | None
        if name in self._served:
            address, port = self._served[name]
            addresses = [address]
        else:
            port = request.url.port
            addresses = await _addresses(name, name in self._private)
        request.extensions = {**request.extensions, "sni_hostname": name}
        failure: httpx.ConnectError | None = None
        for address in addresses:
            request.url = request.url.copy_with(host=address, port=port)
            try:
                return await super().handle_async_request(request)
            except httpx.ConnectError as error:
                failure = error
        raise failure or httpx.ConnectError(f"{name} has no address")


async def _addresses(name: str, private_too: bool) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{name} is not known") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses if not private_too else ():
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not mapped.is_global or mapped.is_multicast:
            raise NotTaken("private address", f"{name} is {text}")
    return addresses
