"""Web pages: a crawl over HTTP, breadth first, whose pictures take their captions from the page.

Captions are alternative texts, labels, titles and figure captions, those of DocBook's HTML among
them, and what JSON-LD and Open Graph say; each names its origin, and the language of the nearest
element that states one. `seeds` names pages on the web, `sitemaps` lists of them; `serve` names a
folder of a fetched package, which is then served on loopback for as long as the crawl lasts and
crawled like any other host, under a name of its own (`http://<package>.localhost/`), so that the
port appears in no table.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from curate import loopback
from curate.dataset import memory
from curate.dataset.errors import ParamsError, SourceError
from curate.sources import KEPT, Caption, Fetch, Forbids, Found, Refusal
from curate.sources._asked import forbidden
from curate.sources._crawler import Crawl, Crawler, hosts
from curate.sources._files import package_folder
from curate.sources._web import links
from curate.sources._web.fetching import fetch
from curate.sources._web.limits import PICTURES, Answer, Asking, Wanted
from curate.sources._web.links import short
from curate.sources._web.refused import NotTaken
from curate.sources._web.spool import REFUSED, Spool, fetch_of
from curate.stage.params import parameters

_KINDS = _MAPS, _PAGES, _PICTURES = ("sitemaps", "pages", "pictures")  # folders of a spool


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


class Site(NamedTuple):
    """What all pictures of a crawl share; text, since the files change while they are fetched."""

    spool: str  # folder of the answers to their URLs
    served: str | None  # folder that is served on loopback
    against: str | None  # file of what pages say against some: JSON, key of a URL -> words


class Item(NamedTuple):
    """A picture that pages show and say something of."""

    url: str
    captions: tuple[Caption, ...]
    licence: str | None
    site: Site


def items(params: Params, packages: Path, spool: Path, forbids: Forbids) -> list[Item | Refusal]:
    """Crawl pages; every picture with a caption, and what became of every other URL.

    Raises:
        ParamsError: nowhere to start, or no contact for the owners of the hosts.
        SourceError: not one page could be read.
    """
    _check(params)
    serve = params.serve
    served = package_folder(packages, serve.package) / serve.path if serve else None
    folder = spool / (KEPT if params.seeds or params.sitemaps else "served")
    if served is not None:
        folder /= memory.fingerprint(str(served))[:16]  # another package answers anew
    maps, pages, pictures = (Spool(folder / kind) for kind in _KINDS)
    with loopback.serving({_name(serve): served} if serve and served else {}) as places:
        starts = (_seeds(params), params.sitemaps, params.limits(), places)
        crawler = Crawler(*starts, maps, pages, forbids)
        crawl = asyncio.run(crawler.run(params.max_pages, params.max_depth))
    pictures.keep_only(crawl.captions)
    if not crawl.pages:
        forget(folder, ("*",))
        why = "; ".join(f"{r.item}: {r.reason} ({r.detail})" for r in crawl.rows[:3])
        raise SourceError(f"no page could be read: {why}")
    against = _written(crawl.against, folder)
    site = Site(str(folder / _PICTURES), str(served) if served else None, against)
    return _listed(crawl, params, site)


def read(item: Item, params: Params, forbids: Forbids) -> Found | Refusal:
    """One picture."""
    return next(read_all([item], params, forbids))


def read_all(items: Sequence[Item], params: Params, forbids: Forbids) -> Iterator[Found | Refusal]:
    """The pictures as their URLs answer, or answered before; each URL is asked for once."""
    if not items:
        return
    judge = _Judge(items[0].site, forbids)
    left = []
    for place, item in enumerate(items):
        if (known := judge.known(item)) is not None:
            yield replace(known, place=place)
        else:
            left.append(place)
    if not left:
        return
    wanted = Wanted(
        kinds=PICTURES,
        hosts=hosts(_seeds(params), params.sitemaps) | {*params.image_hosts},
        untyped=True,
    )
    served = {}
    if params.serve is not None and judge.site.served is not None:
        served = {_name(params.serve): Path(judge.site.served)}
    urls = [items[place].url for place in left]
    for at, result, how in fetch(urls, params.limits(), wanted, params.at_once, served):
        yield replace(judge.judged(items[left[at]], result, how), place=left[at])


class _Judge:
    """Says what of answers may be taken, and keeps what came of their URLs.

    Args:
        site: of the pictures.
        forbids: says what must not be kept.
    """

    def __init__(self, site: Site, forbids: Forbids) -> None:
        self.site = site
        self._forbids = forbids
        self._spool = Spool(Path(site.spool))
        self._print = memory.fingerprint(forbids.print, site.against)
        self._against: dict[str, str] = {}
        if site.against is not None:
            self._against = json.loads(Path(site.against).read_text(encoding="utf-8"))

    def known(self, item: Item) -> Found | Refusal | None:
        """What is kept of a picture."""
        known = self._spool.kept(item.url, self._print)
        if isinstance(known, Answer):
            return self._taken(item, known, fetch_of(self._spool.file(item.url)))
        return known

    def judged(self, item: Item, result: Answer | NotTaken, how: Fetch) -> Found | Refusal:
        """What an answer gives; it is kept."""
        if isinstance(result, NotTaken):
            refusal = Refusal(short(item.url), result.reason, result.detail, how)
            self._spool.refuse(item.url, refusal)
            return refusal
        found = self._taken(item, result, how)
        if isinstance(found, Found):
            self._spool.keep(item.url, result, how)
        return found

    def _taken(self, item: Item, answer: Answer, how: Fetch) -> Found | Refusal:
        """A picture that was had, unless its URL led to one that must not be taken."""
        refusal = forbidden(item.url, answer.body, how, self._forbids)
        if said := self._against.get(links.key(how.url or item.url)):
            refusal = Refusal(short(item.url), "opted out", f"{how.url}: {said}", how)
        if refusal is not None:
            self._spool.refuse(item.url, refusal, self._print)
            return refusal
        return Found(item.url, answer.body, item.captions, item.url, item.licence, fetch=how)


def forget(spool: Path, reasons: Sequence[str]) -> None:
    """Ask again for what was refused for one of some reasons."""
    for folder in {file.parent for file in spool.rglob(f"*{REFUSED}")}:
        Spool(folder).forget(reasons)


def _check(params: Params) -> None:
    """Refuse parameters that give a crawl no start or no contact."""
    if not params.seeds and not params.sitemaps and params.serve is None:
        raise ParamsError(
            "an html source needs `seeds` or `sitemaps` (URLs) or `serve` (package and path)"
        )
    if (params.seeds or params.sitemaps) and not params.contact:
        params.require_contact("an html source with `seeds`")


def _seeds(params: Params) -> tuple[str, ...]:
    """The URLs that a crawl starts from, that of the served folder first."""
    if params.serve is None:
        return params.seeds
    return (f"http://{_name(params.serve)}/{params.serve.start}", *params.seeds)


def _name(serve: Serve) -> str:
    return f"{serve.package}.localhost"


def _written(against: Mapping[str, str], folder: Path) -> str | None:
    """The file that takes what pages say against pictures, named by what is in it."""
    if not against:
        return None
    file = folder / f"against-{memory.fingerprint(dict(against))}.json"
    file.write_text(json.dumps(against), encoding="utf-8")
    return str(file)


def _listed(crawl: Crawl, params: Params, site: Site) -> list[Item | Refusal]:
    listed: list[Item | Refusal] = list(crawl.rows)
    for url, said in crawl.captions.items():
        captions = tuple(one._replace(lang=one.lang or params.language) for one in said)
        listed.append(Item(url, captions, crawl.licences.get(url) or params.licence, site))
    return listed
