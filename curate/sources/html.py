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
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from curate import loopback
from curate.dataset.errors import ParamsError, SourceError
from curate.sources import KEPT, Caption, Forbids, Found, Refusal
from curate.sources._crawler import KINDS, Crawl, Crawler
from curate.sources._files import package_folder
from curate.sources._web.limits import Asking
from curate.sources._web.spool import Spool, fetch_of
from curate.stage.params import parameters


@parameters
class Serve:
    """A folder of a fetched package that is served on loopback."""

    package: str  # under fetch.packages
    path: str  # folder inside the package
    start: str = ""  # page from which the crawl starts, "" for the folder's index


@parameters
class Params(Asking):
    """Where a crawl starts and how far it goes."""

    serve: Serve | None = None
    seeds: tuple[str, ...] = ()  # URLs; their hosts are the ones whose pages are crawled
    sitemaps: tuple[str, ...] = ()  # URLs, or "robots.txt": those named there
    image_hosts: tuple[str, ...] = ()  # further hosts that pictures may come from
    contact: str = ""  # URL or mail address for site owners; needed where there are seeds
    language: str = "und"  # BCP-47, of pages that state none
    licence: str | None = None
    max_pages: int = 10_000  # pages asked for
    max_depth: int = 50  # links from a seed
    delay: float = 0.5  # seconds between requests to one host that is not ours


class Item(NamedTuple):
    """A picture that was fetched into the spool."""

    file: Path
    url: str
    captions: tuple[Caption, ...]
    licence: str | None


def items(
    params: Params, packages: Path, spool: Path, forbids: Forbids | None = None
) -> list[Item | Refusal]:
    """Crawl; every picture with a caption, and what became of every other URL.

    Raises:
        ParamsError: nowhere to start, or no contact for the owners of the hosts.
        SourceError: not one page could be read.
    """
    _check(params)
    folder = spool / (KEPT if params.seeds or params.sitemaps else "served")
    with contextlib.ExitStack() as stack:
        served, seeds = {}, list(params.seeds)
        if params.serve is not None:
            site = package_folder(packages, params.serve.package) / params.serve.path
            name = f"{params.serve.package}.localhost"
            served[name] = stack.enter_context(loopback.serve(site))
            seeds.insert(0, f"http://{name}/{params.serve.start}")
        starts = (seeds, params.sitemaps, params.limits(), served, params.image_hosts)
        crawler = Crawler(*starts, folder, forbids)
        crawl = asyncio.run(crawler.run(params.max_pages, params.max_depth))
    if not crawl.pages:
        _forget(folder, ("*",))
        why = "; ".join(f"{r.item}: {r.reason} ({r.detail})" for r in crawl.rows[:3])
        raise SourceError(f"no page could be read: {why}")
    return _listed(crawl, params)


def read(item: Item, params: Params) -> Found | Refusal:
    """A fetched picture's bytes."""
    licence, fetch = item.licence or params.licence, fetch_of(item.file)
    data = item.file.read_bytes()
    return Found(item.url, data, item.captions, item.url, licence, fetch=fetch)


def forget(spool: Path, reasons: Sequence[str]) -> None:
    """Ask again for what was refused for one of some reasons."""
    _forget(spool / KEPT, reasons)


def _forget(folder: Path, reasons: Sequence[str]) -> None:
    for kind in KINDS:
        Spool(folder / kind).forget(reasons)


def _check(params: Params) -> None:
    """Refuse parameters that give a crawl no start or no contact."""
    if not params.seeds and not params.sitemaps and params.serve is None:
        raise ParamsError(
            "an html source needs `seeds` or `sitemaps` (URLs) or `serve` (package and path)"
        )
    if (params.seeds or params.sitemaps) and not params.contact:
        params.require_contact("an html source with `seeds`")


def _listed(crawl: Crawl, params: Params) -> list[Item | Refusal]:
    listed: list[Item | Refusal] = list(crawl.rows)
    for url, file in crawl.images.items():
        captions = tuple(
            caption._replace(lang=caption.lang or params.language)
            for caption in crawl.captions[url]
        )
        listed.append(Item(file, url, captions, crawl.licences.get(url)))
    return listed
