"""A crawl: seeds and sitemaps to pages, breadth first, and to the pictures that they show.

Pages of one depth are fetched together and read in the order in which they were linked to, so
what is found, and which pages a limit leaves out, does not depend on who answers first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from curate.sources import MAX_DEPTH, MAX_PAGES, NO_PAGE, PAGE, Caption, Forbids, Refusal
from curate.sources._asked import Asked
from curate.sources._pages import parsing, sitemap
from curate.sources._pages.captions import Picture
from curate.sources._web import links, optout
from curate.sources._web.fetcher import Answer, Fetcher, Limits, NotTaken, Wanted
from curate.sources._web.links import short
from curate.sources._web.spool import Spool, fetch_of
from curate.stage import cluster

_PAGES = ("text/html", "application/xhtml+xml")
_AT_ONCE = 256  # URLs in hand; how many are asked for at once is the fetcher's affair
Done = TypeVar("Done")


@dataclass
class Crawl:
    """What a crawl found, in the order in which it was found."""

    pages: list[str] = field(default_factory=list)
    captions: dict[str, list[Caption]] = field(
        default_factory=dict
    )  # picture's URL ->; lang "" if unstated
    licences: dict[str, str] = field(default_factory=dict)  # picture's URL -> what a page says
    shown: dict[str, str] = field(default_factory=dict)  # picture's URL -> first page with it
    against: dict[str, str] = field(default_factory=dict)  # picture's key -> what a page says
    hidden: dict[str, Refusal] = field(default_factory=dict)  # picture's key -> a page opts out
    rows: list[Refusal] = field(default_factory=list)  # of what is no picture to be asked for

    def keep_one_row_each(self) -> None:
        """Keep the first row of each URL, and none of a picture: its own row is to come."""
        firsts = {row.item: row for row in reversed(self.rows) if row.item not in self.shown}
        self.rows = list(reversed(firsts.values()))

    def leave_what_opted_out(self) -> None:
        """Refuse the pictures that a page is against, and those that no other page shows."""
        for url in [url for url in self.shown if links.key(url) in self.against]:
            del self.shown[url]
            self.captions.pop(url, None)
            self.rows.append(Refusal(short(url), "opted out", self.against[links.key(url)]))
        told = {links.key(short(url)) for url in (*self.shown, *(row.item for row in self.rows))}
        self.rows += (row for key, row in self.hidden.items() if key not in told)


class Crawler:
    """One crawl.

    Args:
        seeds: URLs to start from; pages are read on their hosts and the sitemaps' alone.
        sitemaps: URLs of sitemaps whose pages are starts, too; `robots.txt` for those that the
            seeds' hosts name there.
        limits: of each request.
        served: host names served on this machine -> address and port.
        maps: keeps the answers of sitemaps.
        pages: keeps those of pages.
        forbids: says what must never be written.
    """

    def __init__(
        self,
        seeds: Sequence[str],
        sitemaps: Sequence[str],
        limits: Limits,
        served: Mapping[str, tuple[str, int]],
        maps: Spool,
        pages: Spool,
        forbids: Forbids,
    ) -> None:
        self._seeds = seeds
        self._sitemaps = sitemaps
        self._limits = limits
        self._served = served
        self._maps = maps
        self._pages = pages
        self._forbids = forbids
        self._for_pages = Wanted(kinds=_PAGES, hosts=hosts(seeds, sitemaps), heed="redirects")

    async def run(self, max_pages: int, max_depth: int) -> Crawl:
        """Crawl pages.

        Args:
            max_pages: pages asked for, at most.
            max_depth: links from a seed, at most.
        """
        crawl = Crawl()
        async with Fetcher(self._limits, self._served) as fetcher:
            await self._crawl_pages(fetcher, crawl, max_pages, max_depth)
        crawl.keep_one_row_each()
        crawl.leave_what_opted_out()
        for url in sorted(crawl.shown.keys() - crawl.captions.keys()):
            detail = f"nothing is said of it on {crawl.shown[url]}"
            crawl.rows.append(Refusal(short(url), "no caption", detail))
        return crawl

    async def _crawl_pages(
        self, fetcher: Fetcher, crawl: Crawl, max_pages: int, max_depth: int
    ) -> None:
        maps = Asked(fetcher, sitemap.WANTED, self._maps, self._forbids)
        pages = Asked(fetcher, self._for_pages, self._pages, self._forbids)
        starts = (self._sitemaps, self._seeds)
        listed, crawl.rows = await sitemap.pages_of(
            maps.answer, maps.how, fetcher, *starts, max_pages
        )
        level = list(dict.fromkeys([*self._seeds, *filter(self._inside, listed)]))
        seen, asked = set(level), 0
        with cluster.progress(None, "crawl pages", "pages") as bar:
            for _ in range(max_depth + 1):
                if not level:
                    return
                level, left = level[: max_pages - asked], level[max_pages - asked :]
                asked += len(level)
                results = await _each(level, lambda url: _read_page(pages, url), bar.update)
                found = [self._kept(crawl, *kept) for kept in zip(level, results, strict=True)]
                on = dict.fromkeys(link for page in found if page for link in page.links)
                level = [link for link in on if link not in seen and self._inside(link)]
                seen.update(level)
                if asked == max_pages:
                    _leave(crawl, MAX_PAGES, left + level)
                    return
        _leave(crawl, MAX_DEPTH, level)

    def _inside(self, link: str) -> bool:
        return _host(link) in (self._for_pages.hosts or ())

    def _kept(
        self, crawl: Crawl, url: str, found: tuple[parsing.Page, Mapping[str, str]] | Refusal
    ) -> parsing.Page | None:
        """Enter a page and its pictures; gives it back if its links may be followed."""
        if isinstance(found, Refusal):
            is_other = found.reason == "content type"
            crawl.rows.append(replace(found, reason=NO_PAGE) if is_other else found)
            return None
        page, headers = found
        crawl.pages.append(url)
        fetch = fetch_of(self._pages.file(url))
        if evidence := optout.on_page(headers, page.metas, self._limits.honour):
            crawl.rows.append(Refusal(short(url), "opted out", evidence.words, fetch))
            shown = [p.url for p in page.pictures if not p.url.startswith("data:")]
            for name in map(short, shown):
                row = Refusal(name, "opted out", f"{evidence.words} on {url}")
                crawl.hidden.setdefault(links.key(name), row)
            if evidence.pictures:
                said = f"{evidence.pictures} on {url}"
                crawl.against |= {links.key(link): said for link in shown}
        else:
            crawl.rows.append(Refusal(short(url), PAGE, fetch=fetch))
            for picture in page.pictures:
                _enter(crawl, url, picture)
        return page if page.leads_on or "meta" not in self._limits.honour else None


async def _read_page(pages: Asked, url: str) -> tuple[parsing.Page, Mapping[str, str]] | Refusal:
    """A page, and the headers that it came with."""
    answer = await pages.answer(url)
    if isinstance(answer, Refusal):
        return answer
    metas = tuple(_as_metas(answer))
    return parsing.parse(answer.body, answer.url, answer.charset, metas), answer.headers


def _leave(crawl: Crawl, limit: str, urls: Sequence[str]) -> None:
    """Enter pages that were found and are not asked for."""
    crawl.rows += (Refusal(short(url), limit, "was not asked for") for url in urls)


def _enter(crawl: Crawl, page: str, picture: Picture) -> None:
    crawl.shown.setdefault(picture.url, page)
    if picture.licence:
        crawl.licences.setdefault(picture.url, picture.licence)
    captions = [Caption(said.lang or "", said.text, page, said.origin) for said in picture.said]
    if captions:
        crawl.captions.setdefault(picture.url, []).extend(captions)


def _as_metas(answer: Answer) -> Iterator[tuple[str, str]]:
    """The headers of a page that say what its meta elements may say."""
    for line in answer.headers.get("x-robots-tag", "").split("\n"):
        if not {"nofollow", "none"}.isdisjoint(optout.directives(line)):
            yield "robots", "nofollow"
    if language := answer.headers.get("content-language"):
        yield "content-language", language


def hosts(seeds: Sequence[str], sitemaps: Sequence[str]) -> frozenset[str]:
    """The hosts that a crawl starts from."""
    starts = (*seeds, *(url for url in sitemaps if url != sitemap.ROBOTS))
    return frozenset(host for start in starts if (host := _host(start)))


def _host(link: str) -> str | None:
    """The host that a link leads to; None where it leads nowhere on the web."""
    try:
        return links.parse(link).host
    except NotTaken:
        return None


async def _each(
    urls: Sequence[str], work: Callable[[str], Awaitable[Done]], done: Callable[[], object]
) -> list[Done]:
    """The results of some work on each URL, in their order; not all at once."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str) -> Done:
        async with places:
            result = await work(url)
        done()
        return result

    return await asyncio.gather(*map(one, urls))
