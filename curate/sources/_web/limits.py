"""What is asked of a host and how much of it, as parameters say it, and what came back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from curate import forgotten
from curate.dataset.errors import ParamsError
from curate.sources._web.optout import AGENT, SIGNALS, Signal
from curate.stage.params import parameters

PICTURES = ("image/", "application/xml", "text/xml")  # types; drawings are XML to some servers
_TURNS = Path(".pairwright/turns")  # in the project's folder, where all workers run
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What one crawl allows itself and its hosts."""

    agent: str  # user agent sent, with a contact
    connections: int  # requests at once to one host
    delay: float  # seconds between requests to one host
    timeout: float  # seconds without a byte
    deadline: float  # seconds for one URL, all its redirects and attempts together
    max_bytes: int  # of one answer, decompressed
    max_redirects: int
    attempts: int  # for one request
    private_hosts: frozenset[str] = frozenset()  # hosts or networks that may be private
    connect: float = 10.0  # seconds until a connection stands
    pause: float = 0.5  # seconds before the second attempt; doubled before each further one
    longest_wait: float = 60.0  # seconds that a host may ask us to wait
    at_once: int = 64  # requests in flight over all hosts
    dns: float = 300.0  # seconds for which a host's address is used again
    trouble: float = 60.0  # seconds for which a host without address or robots.txt is left alone
    honour: frozenset[str] = SIGNALS  # which of what a site may say against us is obeyed
    turns: str | None = None  # file through which processes spare hosts together; None: alone
    authorities: str | None = None  # file of certificates (PEM) to trust instead of certifi's
    never: forgotten.Forgotten = field(default_factory=forgotten.Forgotten)  # is asked for


@parameters
class Asking:
    """How a source asks hosts: the part of its parameters that all sources that fetch share."""

    contact: str  # URL or mail address for the owners of the hosts
    private_hosts: tuple[str, ...] = ()  # hosts or networks that may be private
    at_once: int = 64  # requests of one worker in flight, over all hosts
    connections: int = 4  # requests at once to one host, of all workers together
    delay: float = 0.0  # seconds between requests to one host, of all workers; robots.txt may
    # ask for more
    connect: float = 10.0  # seconds until a connection stands
    timeout: float = 10.0  # seconds without a byte
    deadline: float = 60.0  # seconds for one URL, its redirects and attempts together
    longest_wait: float = 60.0  # seconds that a host may ask us to wait
    max_bytes: int = 20_000_000  # of one answer
    max_redirects: int = 5
    attempts: int = 3  # for one request
    honour: tuple[Signal, ...] = tuple(sorted(SIGNALS))  # what may be said against us is obeyed

    def require_contact(self, kind: str) -> None:
        """Refuse to ask hosts whose owners could not reach us.

        Raises:
            ParamsError: `contact` is empty.
        """
        if not self.contact:
            raise ParamsError(f"{kind} needs `contact`, a URL or mail address")

    def limits(self) -> Limits:
        """What every request keeps to."""
        contact = f" (+{self.contact})" if self.contact else ""
        return Limits(
            agent=f"{AGENT}/0.1{contact}",
            connections=self.connections,
            delay=self.delay,
            timeout=self.timeout,
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            max_redirects=self.max_redirects,
            attempts=self.attempts,
            private_hosts=frozenset(self.private_hosts),
            connect=self.connect,
            longest_wait=self.longest_wait,
            at_once=self.at_once,
            honour=frozenset(self.honour),
            turns=str(_TURNS.absolute()),
            never=forgotten.read(),
        )


@dataclass(frozen=True)
class Wanted:
    """What a request is for."""

    kinds: tuple[str, ...] = ()  # prefixes of content types; empty for any
    hosts: frozenset[str] | None = None  # that may be asked, redirects included; None for any
    max_bytes: int | None = None  # instead of the crawl's limit
    cut: bool = False  # a longer answer is cut off, not refused
    untyped: bool = False  # one that states no type is taken, whatever the kinds
    heed: Literal["all", "redirects", "none"] = "all"  # what is not taken if its headers opt out;
    # of the rest who asks sees to it


@dataclass(frozen=True)
class Answer:
    """What a URL gave in the end, after redirects."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case; a repeated one's values on lines
    body: bytes
    whole: bool = True  # False where it was cut off, see `Wanted`
    version: str = "1.1"  # of HTTP

    @property
    def charset(self) -> str | None:
        """What the header says that a text is written in."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1] if found else None
