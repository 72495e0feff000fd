"""Sitemaps (sitemaps.org) to the pages they list: XML or plain text, gzipped or not, nested."""

import io
import re
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree

from curate.sources import MAX_PAGES, MAX_SITEMAPS, SITEMAP, Fetch, Refusal
from curate.sources._web.fetcher import Answer, Fetcher, NotTaken, Wanted
from curate.sources._web.links import join

ROBOTS = "robots.txt"  # in a list of sitemaps: those that the sites' robots.txt name
_MAX_BYTES = 50 * 1024 * 1024  # of a sitemap, unpacked; the protocol's own limit
_MOST_MAPS = 1000  # read in one crawl
_GZIP = b"\x1f\x8b"
WANTED = Wanted(max_bytes=_MAX_BYTES, heed="none")  # noindex is usual, and of the sitemap alone
Ask = Callable[[str], Awaitable[Answer | Refusal]]


class Sitemap(NamedTuple):
    """What a sitemap lists: URLs of pages and of further sitemaps."""

    pages: tuple[str, ...]
    maps: tuple[str, ...]
    problem: str | None = None  # why it could not be read to its end


async def pages_of(
    ask: Ask,
    fetched: Callable[[str], Fetch],
    fetcher: Fetcher,
    sitemaps: Sequence[str],
    seeds: Sequence[str],
    most: int,
) -> tuple[list[str], list[Refusal]]:
    """The pages that sitemaps list, in their order, each once; and a row for each sitemap.

    Args:
        ask: gives the answer to the URL of a sitemap, or why there is none.
        fetched: tells how the answer to a URL was had.
        fetcher: knows the sites' robots.txt.
        sitemaps: URLs, or ROBOTS.
        seeds: URLs whose sites' robots.txt are asked where ROBOTS is named.
        most: pages; no further sitemap is read once there are as many.
    """
    rows: list[Refusal] = []
    waiting = dict.fromkeys(url for url in sitemaps if url != ROBOTS)
    for seed in seeds if ROBOTS in sitemaps else ():
        try:
            waiting |= dict.fromkeys(await fetcher.sitemaps(seed))
        except NotTaken as problem:
            rows.append(Refusal(join(seed, "/robots.txt") or seed, problem.reason, problem.detail))
    pages: dict[str, None] = {}
    seen: set[str] = set()
    while waiting and len(pages) < most and len(seen) < _MOST_MAPS:
        url = next(iter(waiting))
        del waiting[url]
        seen.add(url)
        answer = await ask(url)
        if isinstance(answer, Refusal):
            rows.append(answer)
            continue
        found = read(answer.body)
        reason = "broken sitemap" if found.problem else SITEMAP
        rows.append(Refusal(url, reason, found.problem or "", fetched(url)))
        inside = (join(answer.url, link) for link in found.maps)
        waiting |= dict.fromkeys(link for link in inside if link and link not in seen)
        pages |= dict.fromkeys(link for page in found.pages if (link := join(answer.url, page)))
    limit = MAX_PAGES if len(pages) >= most else MAX_SITEMAPS
    rows += (
        Refusal(url, limit, f"was not asked for after {len(seen)} sitemaps") for url in waiting
    )
    return list(pages), rows


def read(body: bytes) -> Sitemap:
    """Read a sitemap or an index of sitemaps; what stands before a mistake in it is kept."""
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, _MAX_BYTES)
        except zlib.error as error:
            return Sitemap((), (), f"no gzip: {error}")
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = body.decode("utf-8-sig", errors="replace").split()
        return Sitemap(tuple(line for line in lines if re.match("https?://", line)), ())
    pages: list[str] = []
    maps: list[str] = []
    problem = None
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(body)):
            kind = _name(element)
            if kind in ("url", "sitemap"):
                found = ((child.text or "").strip() for child in element if _name(child) == "loc")
                (pages if kind == "url" else maps).extend(filter(None, found))
                element.clear()
    except ElementTree.ParseError as error:
        problem = f"no XML: {error}"
    return Sitemap(tuple(pages), tuple(maps), problem)


def _name(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
