"""One request on the wire: a URL and where its host is, to status, headers and bounded body.

libcurl does the work: connections are kept and shared, HTTP/2 is spoken where a host offers it,
bodies are decompressed piece by piece and counted as they come out. Nothing is followed,
repeated or believed here; a connection goes to the address that was checked or nowhere.
"""

import math
import socket
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import certifi
import pycurl

from curate.sources._web.links import Url
from curate.sources._web.pinned import Place
from curate.sources._web.refused import NotTaken

_BUFFER = 256 * 1024  # bytes read at once
_VERSIONS = {pycurl.CURL_HTTP_VERSION_2_0: "2", pycurl.CURL_HTTP_VERSION_1_0: "1.0"}
_MOST_HEADERS = 128 * 1024  # bytes
_WHY = {
    pycurl.E_COULDNT_CONNECT: "no connection",
    pycurl.E_GOT_NOTHING: "closed without an answer",
    pycurl.E_PARTIAL_FILE: "the body ends early",
    pycurl.E_RECV_ERROR: "broke off while it was answering",
    pycurl.E_SEND_ERROR: "broke off while it was asked",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "the answer is no HTTP",
    pycurl.E_UNSUPPORTED_PROTOCOL: "the answer is no HTTP that is known",
    pycurl.E_HTTP2: "the answer is broken HTTP/2",
    pycurl.E_BAD_CONTENT_ENCODING: "the body cannot be decompressed",
    pycurl.E_SSL_CONNECT_ERROR: "TLS failed",
    pycurl.E_PEER_FAILED_VERIFICATION: "certificate not trusted",
}
_LASTING = {  # mistakes that a second attempt would meet again
    pycurl.E_URL_MALFORMAT,
    pycurl.E_UNSUPPORTED_PROTOCOL,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_BAD_CONTENT_ENCODING,
}

Judge = Callable[[int, Mapping[str, str]], int]
"""(status, headers) -> bytes of the body to read, at most; raises NotTaken to read nothing."""


class Unanswered(NotTaken):
    """A request that brought no whole answer; `again` says whether another may."""

    def __init__(self, reason: str, detail: str, again: bool) -> None:
        super().__init__(reason, detail)
        self.again = again


class Reply(NamedTuple):
    """What came back. Names of headers are lower case; a repeated one's values stand on lines."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool  # False where the body was cut at what the judge allowed
    version: str  # of HTTP


class Wire:
    """Sends requests, many at once; close it when done.

    Args:
        headers: sent with every request, `Name: value`.
        connections: to one host, at most.
        at_once: requests in flight, at most.
        connect: seconds until a connection stands.
        silence: seconds without a byte.
        authorities: file of certificates (PEM) that are trusted; None for those of certifi.
    """

    def __init__(
        self,
        headers: list[str],
        connections: int,
        at_once: int,
        connect: float,
        silence: float,
        authorities: str | None,
    ) -> None:
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._multi.setopt(pycurl.M_MAXCONNECTS, 2 * at_once)
        self._idle: list[pycurl.Curl] = []
        self._options: list[tuple[int, Any]] = [
            (pycurl.HTTPHEADER, headers),
            (pycurl.CONNECTTIMEOUT_MS, math.ceil(connect * 1000)),
            (pycurl.LOW_SPEED_LIMIT, 1),
            (pycurl.LOW_SPEED_TIME, math.ceil(silence)),
            (pycurl.CAINFO, authorities or certifi.where()),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
            (pycurl.ACCEPT_ENCODING, "gzip, deflate, br"),
            (pycurl.BUFFERSIZE, _BUFFER),
            (pycurl.PROXY, ""),
            (pycurl.NOSIGNAL, 1),
        ]

    async def aclose(self) -> None:
        """End all connections."""
        await self._multi.aclose()
        for curl in self._idle:
            curl.close()

    async def send(self, url: Url, place: Place, seconds: float, judge: Judge) -> Reply:
        """One GET.

        Args:
            url: what is asked for.
            place: where connections for its host may go.
            seconds: for the whole.
            judge: is shown status and headers before the body is read.

        Raises:
            NotTaken: what the judge raised.
            Unanswered: there is no whole answer.
        """
        transfer = _Transfer(url, place, judge)
        curl = self._idle.pop() if self._idle else pycurl.Curl()
        for option, value in self._options:
            curl.setopt(option, value)
        curl.setopt(pycurl.URL, url.text)
        curl.setopt(pycurl.PIPEWAIT, int(url.text.startswith("https:")))
        curl.setopt(pycurl.TIMEOUT_MS, max(1, math.ceil(seconds * 1000)))
        curl.setopt(*_route(url, place))
        curl.setopt(pycurl.OPENSOCKETFUNCTION, transfer.connect)
        curl.setopt(pycurl.HEADERFUNCTION, transfer.header)
        curl.setopt(pycurl.WRITEFUNCTION, transfer.write)
        try:
            await self._multi.perform(curl)
        except pycurl.error as error:
            if transfer.refusal is not None:
                raise transfer.refusal from None
            if transfer.whole:
                raise _unanswered(url, *error.args) from error
        version = _VERSIONS.get(curl.getinfo(pycurl.INFO_HTTP_VERSION), "1.1")
        curl.reset()
        self._idle.append(curl)
        body = bytes(transfer.body)
        return Reply(transfer.status, transfer.headers, body, transfer.whole, version)


class _Transfer:
    """What libcurl calls back for one request; an exception here would be lost, so none is left."""

    def __init__(self, url: Url, place: Place, judge: Judge) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.whole = True
        self.refusal: NotTaken | None = None
        self._url = url
        self._place = place
        self._judge = judge
        self._header_bytes = 0
        self._limit: int | None = None  # of the body; None until the headers are read

    def connect(self, _purpose: int, address: Any) -> Any:
        """A socket for an address, if it is one of those that were checked."""
        family, kind, protocol, (ip, *_) = address
        if ip.partition("%")[0] not in self._place.addresses:
            self.refusal = NotTaken("private address", f"{self._url.host} would be {ip}, unchecked")
            return pycurl.SOCKET_BAD
        return socket.socket(family, kind, protocol)

    def header(self, line: bytes) -> int | None:
        """Take a line; judge after the last one. -1 ends the transfer."""
        self._header_bytes += len(line)
        if self._header_bytes > _MOST_HEADERS:
            self.refusal = NotTaken("too big", f"{self._url.text} has headers without end")
            return -1
        if line.startswith(b"HTTP/"):
            code = line.split(None, 2)[1:2]
            self.status = int(code[0]) if code and code[0].isdigit() else 0
            self.headers, self._limit = {}, None
        elif self._limit is not None:
            return None  # a trailer
        elif line.strip():
            name, _, value = _text(line).partition(":")
            name, value = name.strip().lower(), value.strip()
            before = self.headers.get(name)
            self.headers[name] = value if before is None else f"{before}\n{value}"
        elif self.status >= 200:
            try:
                self._limit = self._judge(self.status, self.headers)
            except NotTaken as refusal:
                self.refusal = refusal
                return -1
        return None

    def write(self, part: bytes) -> int | None:
        """Take some of the body, as much as the judge allowed. -1 ends the transfer."""
        room = (self._limit or 0) - len(self.body)
        if len(part) <= room:
            self.body += part
            return None
        self.body += part[:room]
        self.whole = False
        return -1


def _route(url: Url, place: Place) -> tuple[int, list[str]]:
    """The option that sends libcurl to a place instead of looking the host up itself."""
    addresses = [f"[{a}]" if ":" in a else a for a in place.addresses]
    host = f"[{url.host}]" if ":" in url.host else url.host
    if place.port is not None:
        return pycurl.CONNECT_TO, [f"{host}:{url.port}:{addresses[0]}:{place.port}"]
    return pycurl.RESOLVE, [f"{host}:{url.port}:{','.join(addresses)}"]


def _unanswered(url: Url, code: int, message: str) -> Unanswered:
    """The failure of a transfer, in words that are the same each time: libcurl's count seconds."""
    if code == pycurl.E_OPERATION_TIMEDOUT:
        why = "no whole answer by the deadline"
        if "too slow" in message:
            why = "silent for too long"
        elif message.startswith("Connection") or message.startswith("Failed to connect"):
            why = "no connection in time"
        return Unanswered("too slow", f"{url.text}: {why}", True)
    why = _WHY.get(code, f"libcurl's error {code}")
    return Unanswered("no answer", f"{url.text}: {why}", code not in _LASTING)


def _text(line: bytes) -> str:
    """A header as text: UTF-8 where it is, else each byte a character."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
