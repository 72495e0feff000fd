"""Connections in, no more than there is room for; the others are told to come again, and closed."""

import asyncio
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError

MOST = 400  # connections at once
_LEAVING = 100  # more that are told that there is no room; further ones are closed without a word
_LEAVE = 1.0  # s that one has to read that and to go
_READ = 65_536  # bytes
_SAID = b'{"error": "there are too many connections; ask again in a second"}'
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Retry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_SAID), _SAID)
)


class Server(HTTPServer):
    """Tornado's, with a limit on its connections: each holds a file and some memory."""

    _now = _leaving = 0  # connections that are served, and that are sent away

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> Any:
        """Let a connection in, or send it away."""
        if self._now >= MOST:
            return self._refuse(stream)
        self._now += 1
        return super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """One is gone."""
        self._now -= 1
        super().on_close(server_conn)

    async def _refuse(self, stream: IOStream) -> None:
        """Say so; what the client still sends is read for a moment, lest it miss what is said."""
        self._leaving += 1
        try:
            if self._leaving <= _LEAVING:
                async with asyncio.timeout(_LEAVE):
                    await stream.write(_FULL)
                    while True:
                        await stream.read_bytes(_READ, partial=True)
        except (TimeoutError, StreamClosedError):
            pass
        finally:
            self._leaving -= 1
            stream.close()
