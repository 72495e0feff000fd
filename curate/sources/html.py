"""Web pages: a crawl over HTTP, breadth first, whose pictures take their captions from the page.

Captions are alternative texts, labels, titles and figure captions, those of DocBook's HTML among
them, and what JSON-LD and Open Graph say; each names its origin, and the language of the nearest
element that states one. `seeds` names pages on the web, `sitemaps` lists of them; `serve` names a
folder of a fetched package, which is then served on loopback for as long as the crawl lasts and
crawled like any other host, under a name of its own (`http://<package>.localhost/`), so that the
port appears in no table.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import NamedTuple

from curate import loopback
from curate.dataset.errors import ParamsError, SourceError
from curate.sources import Caption, Found, Refusal
from curate.sources._crawler import Crawl, Crawler
from curate.sources._files import package_folder
from curate.sources._web.fetcher import Limits
from curate.sources._web.optout import AGENT, SIGNALS
from curate.sources._web.spool import fetch_of
from curate.stage.params import parameters


@parameters
class Serve:
    """A folder of a fetched package that is served on loopback."""

    package: str  # under fetch.packages
    path: str  # folder inside the package
    start: str = ""  # page from which the crawl starts, "" for the folder's index


@parameters
class Params:
    """Where a crawl starts and how far it goes."""

    serve: Serve | None = None
    seeds: tuple[str, ...] = ()  # URLs; their hosts are the ones whose pages are crawled
    sitemaps: tuple[str, ...] = ()  # URLs, or "robots.txt": those named there
    image_hosts: tuple[str, ...] = ()  # further hosts that pictures may come from
    private_hosts: tuple[str, ...] = ()  # hosts or networks that may be private
    contact: str = ""  # URL or mail address for site owners; needed where there are seeds
    language: str = "und"  # BCP-47, of pages that state none
    licence: str | None = None
    max_pages: int = 10_000  # pages asked for
    max_depth: int = 50  # links from a seed
    connections: int = 4  # at once, to one host
    delay: float = 0.5  # seconds between requests to one host that is not ours
    connect: float = 10.0  # seconds until a connection stands
    timeout: float = 10.0  # seconds without a byte
    deadline: float = 60.0  # seconds for one URL, its redirects and attempts together
    longest_wait: float = 60.0  # seconds that a host may ask us to wait
    max_bytes: int = 20_000_000  # of one answer
    max_redirects: int = 5
    attempts: int = 3  # for one request
    at_once: int = 64  # requests in flight over all hosts
    honour: tuple[str, ...] = tuple(sorted(SIGNALS))  # what may be said against us is obeyed


class Item(NamedTuple):
    """A picture that was fetched into the spool."""

    file: Path
    url: str
    captions: tuple[Caption, ...]
    licence: str | None


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:
    """Crawl; every picture with a caption, and every page and picture that was not taken.

    Raises:
        ParamsError: nowhere to start, or no contact for the owners of the hosts.
        SourceError: not one page could be read.
    """
    _check(params)
    with contextlib.ExitStack() as stack:
        served, seeds = {}, list(params.seeds)
        if params.serve is not None:
            folder = package_folder(packages, params.serve.package) / params.serve.path
            name = f"{params.serve.package}.localhost"
            served[name] = stack.enter_context(loopback.serve(folder))
            seeds.insert(0, f"http://{name}/{params.serve.start}")
        crawler = Crawler(
            seeds, params.sitemaps, _limits(params), served, params.image_hosts, spool
        )
        crawl = asyncio.run(crawler.run(params.max_pages, params.max_depth))
    if not crawl.pages:
        why = "; ".join(f"{r.item}: {r.reason} ({r.detail})" for r in crawl.refused[:3])
        raise SourceError(f"no page could be read: {why}")
    return _listed(crawl, params)


def read(item: Item, params: Params) -> Found | Refusal:
    """A fetched picture's bytes."""
    licence, fetch = item.licence or params.licence, fetch_of(item.file)
    data = item.file.read_bytes()
    return Found(item.url, data, item.captions, item.url, licence, fetch=fetch)


def _check(params: Params) -> None:
    """Refuse parameters that give a crawl no start, no contact or an unknown signal."""
    if not params.seeds and not params.sitemaps and params.serve is None:
        raise ParamsError(
            "an html source needs `seeds` or `sitemaps` (URLs) or `serve` (package and path)"
        )
    if (params.seeds or params.sitemaps) and not params.contact:
        raise ParamsError("an html source with `seeds` needs `contact`, a URL or mail address")
    if unknown := set(params.honour) - SIGNALS:
        raise ParamsError(
            f"honour: unknown {sorted(unknown)} (known: {', '.join(sorted(SIGNALS))})"
        )


def _listed(crawl: Crawl, params: Params) -> list[Item | Refusal]:
    listed: list[Item | Refusal] = list(crawl.refused)
    for url, file in crawl.images.items():
        captions = tuple(
            caption._replace(lang=caption.lang or params.language)
            for caption in crawl.captions[url]
        )
        listed.append(Item(file, url, captions, crawl.licences.get(url)))
    return listed


def _limits(params: Params) -> Limits:
    contact = f" (+{params.contact})" if params.contact else ""
    return Limits(
        agent=f"{AGENT}/0.1{contact}",
        connections=params.connections,
        delay=params.delay,
        timeout=params.timeout,
        deadline=params.deadline,
        max_bytes=params.max_bytes,
        max_redirects=params.max_redirects,
        attempts=params.attempts,
        private_hosts=frozenset(params.private_hosts),
        connect=params.connect,
        longest_wait=params.longest_wait,
        at_once=params.at_once,
        honour=frozenset(params.honour),
    )
