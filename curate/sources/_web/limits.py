"""What is asked of a host and how much of it, and what came back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from curate.sources._web.optout import SIGNALS

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What one crawl allows itself and its hosts."""

    agent: str  # user agent sent, with a contact
    connections: int  # at once, to one host
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
    honour: frozenset[str] = SIGNALS  # which of what a site may say against us is obeyed
    authorities: str | None = None  # file of certificates (PEM) to trust instead of certifi's


@dataclass(frozen=True)
class Wanted:
    """What a request is for."""

    kinds: tuple[str, ...] = ()  # prefixes of content types; empty for any
    hosts: frozenset[str] | None = None  # that may be asked, redirects included; None for any
    max_bytes: int | None = None  # instead of the crawl's limit
    cut: bool = False  # a longer answer is cut off, not refused


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
