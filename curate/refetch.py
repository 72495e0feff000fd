"""Names of files and their URLs in; their bytes, the same as recorded, or why not, out.

Nothing else is asked for: a picture from the web is one request to its URL, under the limits that
its source keeps to; of other sources the items that name the picture are read first.
"""

import asyncio
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curate import drawings, loopback
from curate.crawl import CrawlParams, kind_of
from curate.dataset import record
from curate.dataset.errors import DrawingError, ImageError, PairwrightError
from curate.sources import UNREADABLE, UNREADABLE_DRAWING, Found, Refusal
from curate.sources._files import package_folder
from curate.sources._web.fetcher import Fetcher, NotTaken, Wanted
from curate.sources._web.limits import Asking
from curate.stage import plugin

OTHER = "it is another file now"


def again(
    source: str, wanted: Mapping[str, str | None], params: CrawlParams, packages: Path
) -> Iterator[tuple[str, bytes | str]]:
    """Name of each wanted file, and its bytes as a set keeps them, or why there are none.

    Args:
        source: key of `crawl.sources`.
        wanted: name -> the URL that is said of it.
        params: section `crawl`.
        packages: folder of fetched archives.
    """
    if source not in params.sources:
        yield from ((name, f"crawl.sources has no {source} any more") for name in wanted)
        return
    kind, own = kind_of(source, params.sources[source])
    urls = {url for url in wanted.values() if url}
    left, reason = dict(wanted), "the source does not have it any more"
    other: dict[str, str] = {}  # what a source has at the URL of one instead
    try:
        offers: Iterable[tuple[str, bytes | str]]
        if isinstance(own, Asking):
            offers = _ask(urls, own, packages)
        else:
            offers = _read(urls, kind, own, packages)
        for url, answer in offers:
            stored = answer
            if isinstance(answer, bytes) and record.image_name(answer) not in left:
                stored = _stored(answer, params)
            if isinstance(stored, bytes) and (name := record.image_name(stored)) in left:
                del left[name]
                yield name, stored
            for name in [name for name, known in left.items() if known == url]:
                other[name] = stored if isinstance(stored, str) else OTHER
                if isinstance(own, Asking):  # one answer to a URL; items may share theirs
                    del left[name]
                    yield name, other[name]
            if not left:
                return
    except PairwrightError as error:
        reason = str(error)
    yield from ((name, other.get(name, reason)) for name in left)


def _stored(data: bytes, params: CrawlParams) -> bytes | str:
    """The bytes that a crawl keeps of a picture's bytes; or why there are none."""
    try:
        data = drawings.picture(data, params.svg)
        if params.resize is None:
            return data
        from curate.resize import resized  # OpenCV, which most crawls do without

        return resized(data, params.resize, params.max_pixels)[0]
    except DrawingError as error:
        return f"{UNREADABLE_DRAWING}: {error}"
    except ImageError as error:
        return f"{UNREADABLE}: {error}"


def _ask(urls: Collection[str], own: Asking, packages: Path) -> list[tuple[str, bytes | str]]:
    """Each URL and what it answers."""
    answers: list[tuple[str, bytes | str]] = []

    async def one(fetcher: Fetcher, url: str) -> None:
        try:
            answers.append((url, (await fetcher.get(url, Wanted())).body))
        except NotTaken as problem:
            answers.append((url, f"{problem.reason}: {problem.detail}"))

    async def every(served: Mapping[str, tuple[str, int]]) -> None:
        async with Fetcher(own.limits(), served) as fetcher, asyncio.TaskGroup() as tasks:
            for url in sorted(urls):
                tasks.create_task(one(fetcher, url))

    folders = {}
    if (serve := getattr(own, "serve", None)) is not None:
        folder = package_folder(packages, serve.package) / serve.path
        folders[f"{serve.package}.localhost"] = folder
    with loopback.serving(folders) as served:
        asyncio.run(every(served))
    return answers


def _read(
    urls: Collection[str], kind: str, own: Any, packages: Path
) -> Iterator[tuple[str, bytes | str]]:
    """URL and bytes of what a source has, of those items first that name some URLs."""
    module = plugin.load("curate.sources", kind)
    with tempfile.TemporaryDirectory() as spool:
        items = module.items(own, packages, Path(spool))
        for item in sorted(items, key=lambda item: not _names(item, urls)):
            answer = item if isinstance(item, Refusal) else module.read(item, own)
            if isinstance(answer, Found):
                yield answer.url or answer.item, answer.data
                others = (*answer.audio, *answer.video)
                yield from ((o.url, o.data) for o in others if not isinstance(o, Refusal))
            else:
                yield answer.item, f"{answer.reason}: {answer.detail}"


def _names(item: Any, urls: Collection[str]) -> bool:
    """Whether a description of an item has one of some URLs in it."""
    return isinstance(item, tuple) and any(isinstance(x, str) and x in urls for x in item)
