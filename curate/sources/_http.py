"""Polite, bounded HTTP: one URL to its bytes, or to the reason why it is not taken.

Each request is bounded in time, bytes, redirects and attempts; robots.txt is asked for and
obeyed; names are resolved by us, so that no public page leads to a private address.
"""

import asyncio
import contextlib
import email.utils
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx
from protego import Protego

from curate.sources import _robots
from curate.sources._pinned import NotTaken, Pinned

_AGAIN = {429, 500, 502, 503, 504}  # answers after which a request is worth repeating
_ELSEWHERE = {301, 302, 303, 307, 308}
_ATTEMPT_PAUSE = 0.5  # seconds before the second attempt, doubled before each further one
_LONGEST_WAIT = 60.0  # seconds that a host may ask us to wait


@dataclass(frozen=True)
class Limits:
    """What one crawl allows itself and its hosts."""

    agent: str  # user agent sent
    connections: int  # at once, to one host
    delay: float  # seconds between requests to one host
    timeout: float  # seconds to connect, or without a byte
    deadline: float  # seconds for one whole answer
    max_bytes: int  # of one answer
    max_redirects: int
    attempts: int  # for one request
    private_hosts: frozenset[str] = frozenset()  # host names that may be private addresses


@dataclass(frozen=True)
class Answer:
    """What a URL gave in the end, after redirects."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def charset(self) -> str | None:
        """What the header says that a text is written in."""
        return httpx.Response(self.status, headers=dict(self.headers)).charset_encoding


@dataclass(frozen=True)
class Wanted:
    """What a request is for."""

    kinds: tuple[str, ...] = ()  # prefixes of content types; empty for any
    hosts: frozenset[str] | None = None  # that may be asked, redirects included; None for any
    max_bytes: int | None = None  # fewer than the crawl's limit
    cut: bool = False  # a longer answer is cut off, not refused


_ROBOTS = Wanted(max_bytes=_robots.MAX_BYTES, cut=True)


@dataclass
class _Host:
    client: httpx.AsyncClient
    places: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic seconds before which nothing is sent
    delay: float = 0.0


class Fetcher:
    """Fetches URLs within limits; an async context manager.

    Args:
        limits: see `Limits`.
        served: host names that are served on this machine -> address and port.
    """

    def __init__(self, limits: Limits, served: Mapping[str, tuple[str, int]]) -> None:
        self._limits = limits
        self._served = served
        self._hosts: dict[str, _Host] = {}
        self._rules: dict[str, asyncio.Task[Protego]] = {}

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        for host in self._hosts.values():
            await host.client.aclose()

    async def get(self, url: str, wanted: Wanted) -> Answer:
        """The answer to a URL, if it is one of success and for us.

        Raises:
            NotTaken: for any reason, robots.txt and a status other than 2xx among them.
        """
        answer = await self._follow(url, wanted, obey=True)
        if not 200 <= answer.status < 300:
            raise NotTaken(f"http {answer.status}", url)
        if evidence := _robots.opted_out(answer.headers):
            raise NotTaken("opted out", f"{answer.url}: {evidence}")
        return answer

    async def _follow(self, url: str, wanted: Wanted, obey: bool) -> Answer:
        start = url
        for _ in range(self._limits.max_redirects + 1):
            origin, host = _origin(url)
            if wanted.hosts is not None and host not in wanted.hosts:
                raise NotTaken("other host", f"{url} is on {host}")
            if obey and not (await self._rules_of(origin)).can_fetch(url, _robots.AGENT):
                raise NotTaken("robots.txt", f"{origin}/robots.txt disallows {url}")
            answer = await self._attempts(url, origin, wanted)
            if answer.status not in _ELSEWHERE or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"]).partition("#")[0]
        raise NotTaken(
            "redirects", f"{start} leads on more than {self._limits.max_redirects} times"
        )

    async def _rules_of(self, origin: str) -> Protego:
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._ask_rules(origin))
        return await self._rules[origin]

    async def _ask_rules(self, origin: str) -> Protego:
        url = f"{origin}/robots.txt"
        try:
            answer = await self._follow(url, _ROBOTS, obey=False)
            found = _robots.rules(answer.status, answer.body)
        except NotTaken as problem:
            if problem.reason != "redirects":
                raise
            found = _robots.rules(404, b"")
        if found is None:
            raise NotTaken("robots.txt", f"{url} answers {answer.status}, so nothing is allowed")
        if wished := found.crawl_delay(_robots.AGENT):
            host = self._host(origin)
            host.delay = max(host.delay, min(float(wished), _LONGEST_WAIT))
        return found

    async def _attempts(self, url: str, origin: str, wanted: Wanted) -> Answer:
        host, limits = self._host(origin), self._limits
        for attempt in range(1, limits.attempts + 1):
            problem: NotTaken
            try:
                async with self._turn(host), asyncio.timeout(limits.deadline):
                    answer = await self._once(host, url, wanted)
                if answer.status not in _AGAIN or attempt == limits.attempts:
                    return answer
                wait = _wished_wait(answer.headers)
                if wait is not None and wait > _LONGEST_WAIT:
                    raise NotTaken("asked to wait", f"{url}: Retry-After of {wait:.0f} s")
                if wait is not None:
                    host.free_at = max(host.free_at, time.monotonic() + wait)
                    continue
            except (TimeoutError, httpx.TimeoutException):
                problem = NotTaken("too slow", f"{url}: no whole answer in {limits.deadline:g} s")
            except httpx.HTTPError as error:
                problem = NotTaken("no answer", f"{url}: {type(error).__name__}")
            else:
                problem = NotTaken(f"http {answer.status}", url)
            if attempt == limits.attempts:
                raise problem
            await asyncio.sleep(_ATTEMPT_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, host: _Host, url: str, wanted: Wanted) -> Answer:
        limit = wanted.max_bytes or self._limits.max_bytes
        async with host.client.stream("GET", url) as response:
            kind = response.headers.get("content-type", "").lower()
            if response.is_success and wanted.kinds and not kind.startswith(wanted.kinds):
                raise NotTaken("content type", f"{url} is {kind or 'of no stated type'}")
            said = response.headers.get("content-length", "")
            too_big = not wanted.cut and said.isdigit() and int(said) > limit
            body = bytearray()
            if not too_big and response.status_code not in _ELSEWHERE:
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > limit:
                        too_big = not wanted.cut
                        break
            if too_big:
                raise NotTaken("too big", f"{url} has more than {limit} bytes")
            return Answer(url, response.status_code, response.headers, bytes(body[:limit]))

    @contextlib.asynccontextmanager
    async def _turn(self, host: _Host) -> AsyncIterator[None]:
        """Wait for a free connection and for the host's pause to end."""
        async with host.places:
            async with host.gate:
                if (pause := host.free_at - time.monotonic()) > 0:
                    await asyncio.sleep(pause)
                host.free_at = max(host.free_at, time.monotonic() + host.delay)
            yield

    def _host(self, origin: str) -> _Host:
        if origin not in self._hosts:
            limits, name = self._limits, httpx.URL(origin).host
            transport = Pinned(self._served, limits.private_hosts, limits.connections)
            client = httpx.AsyncClient(
                transport=transport,
                timeout=limits.timeout,
                headers={"User-Agent": limits.agent, "Accept-Encoding": "identity"},
                trust_env=False,
            )
            delay = 0.0 if name in self._served else limits.delay
            self._hosts[origin] = _Host(client, asyncio.Semaphore(limits.connections), delay=delay)
        return self._hosts[origin]


def _origin(url: str) -> tuple[str, str]:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotTaken("no url", f"{url[:200]}: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise NotTaken("scheme", f"{url[:200]} is neither http nor https")
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}", parsed.host


def _wished_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for, given as a number or as a date; None where it does not."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
