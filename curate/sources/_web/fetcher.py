"""Polite, bounded HTTP: one URL to its bytes, or to the reason why it is not taken.

Each request is bounded in time, bytes, redirects and attempts; robots.txt is asked for and
obeyed, and so is what a site says against training; a host gets few requests at once, many
hosts are asked at the same time; no public page leads to a private address.
"""

import asyncio
import functools
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curate import forgotten
from curate.sources._web import optout, policy, robots, wait
from curate.sources._web.kept import Kept
from curate.sources._web.limits import Answer, Limits, Wanted
from curate.sources._web.links import Url, join, parse
from curate.sources._web.pinned import Lookup, Resolver
from curate.sources._web.refused import NotTaken
from curate.sources._web.turns import Host, Turns
from curate.sources._web.wire import Judge, Reply, Unanswered, Wire

__all__ = ["Answer", "Fetcher", "Limits", "NotTaken", "Wanted"]

_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # answers after which a request is worth repeating
_OVERLOADED = {429, 503}  # answers after which all requests to a host pause
_ELSEWHERE = {301, 302, 303, 307, 308}
_ASIDE = 64 * 1024  # bytes read of an answer that is not wanted, to keep the connection
_A_DAY = 24 * 3600.0  # seconds for which what a site says is used again (RFC 9309, section 2.4)
_MOST_SITES = 20_000  # of which it is remembered
_FILE = Wanted(max_bytes=robots.MAX_BYTES, cut=True)


@dataclass
class _Budget:
    """Seconds that are left for one URL, pauses between its requests aside."""

    left: float


class Fetcher:
    """Fetches URLs within limits; an async context manager.

    Args:
        limits: see `Limits`.
        served: host names that are served on this machine -> address and port.
        lookup: asked for a name's addresses; None for the system's resolver.
    """

    def __init__(
        self,
        limits: Limits,
        served: Mapping[str, tuple[str, int]],
        lookup: Lookup | None = None,
    ) -> None:
        self._limits = limits
        self._served = served
        times = (limits.connect, limits.dns, limits.trouble)
        self._resolver = Resolver(served, limits.private_hosts, *times, lookup)
        file = Path(limits.turns) if limits.turns is not None else None
        self._turns = Turns(limits.connections, limits.at_once, limits.longest_wait, file)
        self._sites = Kept(self._read_site, _A_DAY, _MOST_SITES, limits.trouble)

    async def __aenter__(self) -> "Fetcher":
        limits = self._limits
        headers = [f"User-Agent: {limits.agent}", "Accept: */*"]
        self._wire = Wire(
            headers,
            limits.connections,
            limits.at_once,
            limits.connect,
            limits.timeout,
            limits.authorities,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._sites.close()
        self._resolver.close()
        await self._wire.aclose()
        self._turns.close()

    async def get(self, url: str, wanted: Wanted) -> Answer:
        """The answer to a URL, if it is one of success and for us.

        Raises:
            NotTaken: for any reason, robots.txt and a status other than 2xx among them.
        """
        answer = await self._follow(url, wanted, obey=True)
        if not 200 <= answer.status < 300:
            problem = NotTaken(f"http {answer.status}", url, answer.status)
            problem.url = answer.url
            raise problem
        return answer

    async def sitemaps(self, url: str) -> tuple[str, ...]:
        """URLs of the sitemaps that the robots.txt of a URL's site names.

        Raises:
            NotTaken: there is no answer to be had.
        """
        return (await self._sites.get(parse(url).origin)).robots.sitemaps

    async def _follow(self, link: str, wanted: Wanted, obey: bool) -> Answer:
        budget, start = _Budget(self._limits.deadline), link
        for _ in range(self._limits.max_redirects + 1):
            url = parse(link)
            try:
                reply = await self._ask(url, wanted, obey, budget)
            except NotTaken as problem:
                problem.url = url.text
                raise
            if reply.status not in _ELSEWHERE or "location" not in reply.headers:
                return Answer(url.text, *reply)
            location = reply.headers["location"].partition("\n")[0]
            link = join(url.text, location) or location
        most = self._limits.max_redirects
        raise NotTaken("redirects", f"{start} leads on more than {most} times")

    async def _ask(self, url: Url, wanted: Wanted, obey: bool, budget: _Budget) -> Reply:
        listed = self._limits.never
        if entry := listed.picture(url.text) or listed.page(url.text):
            raise NotTaken(forgotten.REASON, entry.words)
        if wanted.hosts is not None and url.host not in wanted.hosts:
            raise NotTaken("other host", f"{url.text} is on {url.host}")
        if obey:
            site = await self._sites.get(url.origin)
            site.check(url, self._limits.honour)
            self._host(url.host).slow_down(site.robots.delay)
        reply = await self._attempts(url, self._judge(url, wanted, obey), budget)
        if 200 <= reply.status < 300 and not (reply.whole or wanted.cut):
            raise _too_big(url, wanted.max_bytes or self._limits.max_bytes, reply.status)
        return reply

    async def _read_site(self, origin: str) -> policy.Site:
        ask = functools.partial(self._follow, wanted=_FILE, obey=False)

        def heed(rules: robots.Rules) -> None:
            if rules.delay > self._limits.longest_wait:
                wish = f"{rules.delay:g} s between requests"
                raise NotTaken("robots.txt", f"{origin}/robots.txt asks for {wish}")
            self._host(parse(origin).host).slow_down(rules.delay)

        return await policy.read(origin, self._limits.honour, ask, heed)

    def _judge(self, url: Url, wanted: Wanted, obey: bool) -> Judge:
        limit = wanted.max_bytes or self._limits.max_bytes

        def judge(status: int, headers: Mapping[str, str]) -> int:
            moved = status in _ELSEWHERE
            if not (200 <= status < 300 or moved):
                return _ASIDE
            heeds = obey and (wanted.heed == "all" or (moved and wanted.heed == "redirects"))
            if heeds and (evidence := optout.in_headers(headers, self._limits.honour)):
                raise NotTaken("opted out", f"{url.text}: {evidence}", status)
            if moved:
                return _ASIDE
            kind = headers.get("content-type", "").lower()
            fits = not wanted.kinds or kind.startswith(wanted.kinds)
            if not fits and (kind or not wanted.untyped):
                what = f"{url.text} is {kind or 'of no stated type'}"
                raise NotTaken("content type", what, status)
            said = headers.get("content-length", "")
            if not wanted.cut and said.isdecimal() and int(said[:20]) > limit:
                raise _too_big(url, limit, status)
            return limit

        return judge

    async def _attempts(self, url: Url, judge: Judge, budget: _Budget) -> Reply:
        host, limits = self._host(url.host), self._limits
        for attempt in range(1, limits.attempts + 1):
            last = attempt == limits.attempts
            pause = limits.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
            try:
                reply = await self._once(host, url, judge, budget)
            except Unanswered as problem:
                if last or not problem.again or budget.left <= 0:
                    raise
            else:
                if last or reply.status not in _AGAIN:
                    return reply
                wished = wait.wished(reply.headers)
                if wished is not None and wished > limits.longest_wait:
                    wish = reply.headers["retry-after"][:100]
                    what = f"{url.text}: Retry-After: {wish}"
                    raise NotTaken("asked to wait", what, reply.status)
                pause = pause if wished is None else wished
                if wished is not None or reply.status in _OVERLOADED:
                    self._turns.pause(host, pause)
                    continue
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, host: Host, url: Url, judge: Judge, budget: _Budget) -> Reply:
        place = await self._resolver.place(url.host)
        async with self._turns.turn(host):
            start = time.monotonic()
            try:
                return await self._wire.send(url, place, budget.left, judge)
            finally:
                budget.left -= time.monotonic() - start

    def _host(self, name: str) -> Host:
        return self._turns.host(name, 0.0 if name in self._served else self._limits.delay)


def _too_big(url: Url, limit: int, status: int) -> NotTaken:
    return NotTaken("too big", f"{url.text} has more than {limit} bytes", status)
