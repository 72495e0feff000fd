"""Web archives (WARC) such as Common Crawl's: pictures in them, with what pages in them say.

A picture takes its captions from every archived page that shows it, whichever of the archives
holds the page; redirects and repetitions in the archives are followed. Nothing is fetched.
Answers and pages that ask not to be used for training are refused, with what they said.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from curate.dataset.errors import DataError, SourceError
from curate.sources import NOT_ARCHIVED, Found, Refusal, _archives, _records
from curate.sources._captures import CAPTIONS, Item, Scan, joined
from curate.sources._columns import whole
from curate.sources._listed import Listed
from curate.sources._pages import parsing
from curate.sources._paths import opened, shown
from curate.sources._rows import Rows, store
from curate.sources._web import links, optout
from curate.sources._web.links import short
from curate.sources._web.optout import SIGNALS, Signal
from curate.stage.params import parameters

_PAGES = ("text/html", "application/xhtml+xml")
_AT_ONCE = 10_000  # captions in memory while an archive is read
READS = ("path",)


@parameters
class Params:
    """Which archives, and what holds of their pictures."""

    path: str  # archive, folder of them, or pattern; or a URL
    language: str = "und"  # BCP-47, of pages that state none
    licence: str | None = None
    max_bytes: int = 20_000_000  # of a picture
    max_page: int = 5_000_000  # bytes of a page
    honour: tuple[Signal, ...] = tuple(sorted(SIGNALS))  # what may be said against us is obeyed


def items(params: Params, packages: Path, spool: Path) -> Listed:  # noqa: ARG001
    """Every picture that a page says something of, by archive and place; what was refused.

    Pictures that pages show and no archive holds, mostly far more than those that one does, are
    rows on disk.

    Raises:
        SourceError: there is no such archive, or neither page nor picture in any.
    """
    scans = _archives.scans(scan, params.path, _records.ENDINGS, params, spool)
    if not any(found.pages or found.pictures or found.refused for found in scans):
        raise SourceError(f"neither pages nor pictures in {len(scans)} archives at {params.path}")
    folder = spool / "absent"
    folder.mkdir(exist_ok=True)
    listed, absent = joined(scans)
    return Listed(listed, Rows(folder, not_archived, 0, store(absent, folder, "url")))


def not_archived(row: Mapping[str, str]) -> Refusal:
    """What becomes of a picture that no archive holds."""
    detail = f"{row['page']} shows it, and no archive holds it"
    return Refusal(row["url"], NOT_ARCHIVED, detail)


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture out of its archive, and its captions."""
    return next(read_all([item], params))


def read_all(items: Sequence[Item], params: Params) -> Iterator[Found | Refusal]:
    """As `read`, for several items; an archive is opened once for all that follow one another."""
    for archive, together in itertools.groupby(items, lambda item: item.archive):
        try:
            file = opened(archive)
        except DataError as error:
            yield from (Refusal(short(i.url), "broken archive", str(error)) for i in together)
            continue
        with file:
            for item in together:
                yield _read(file, item, params)


def scan(work: tuple[str, Path], params: Params, seen: Callable[[], object] = int) -> Scan:
    """Read an archive once.

    Args:
        work: the archive, and the file for the captions on its pages.
        params: of the source.
        seen: called for every record.
    """
    found = Scan(*work)
    with pq.ParquetWriter(found.captions, CAPTIONS) as writer:
        pending: list[dict[str, str | None]] = []
        for record in _records.records(found.archive):
            seen()
            if isinstance(record, _records.Broken):
                where = f"{shown(found.archive)}@{record.offset}"
                found.refused.append(Refusal(where, "broken archive", record.why))
            else:
                pending += _take(record, found, params)
            if len(pending) >= _AT_ONCE:
                writer.write_table(pa.Table.from_pylist(pending, CAPTIONS))
                pending = []
        writer.write_table(pa.Table.from_pylist(pending, CAPTIONS))
    return found


def _take(record: _records.Record, found: Scan, params: Params) -> Iterator[dict[str, str | None]]:
    """Enter a record into a scan; of a page, what it says of pictures."""
    url, place = whole(record.url), f"{shown(found.archive)}@{record.offset}"
    if not url:
        found.refused.append(Refusal(place, "no url", "the record is about none"))
    elif record.leads_to is not None:
        found.same[url] = whole(links.join(url, record.leads_to) or "")
        _opts_out(record, url, found, params)
    elif record.kind.startswith("image/"):
        if record.status != 200:
            found.refused.append(Refusal(short(url), f"http {record.status}", place))
        elif _opts_out(record, url, found, params):
            return
        elif record.cut:
            detail = f"the archive holds its start alone ({record.cut})"
            found.refused.append(Refusal(short(url), "truncated picture", detail))
        else:
            found.pictures.append((url, record.offset))
    elif record.kind in _PAGES and record.status == 200:
        yield from _said_on(record, url, found, params)


def _opts_out(record: _records.Record, url: str, found: Scan, params: Params) -> bool:
    """Whether the headers of a picture, or of what leads to one, are against taking it."""
    if evidence := optout.in_headers(record.headers, params.honour):
        found.closed.add(links.key(url))
        found.refused.append(Refusal(short(url), "opted out", evidence))
    return evidence is not None


def _said_on(
    record: _records.Record, url: str, found: Scan, params: Params
) -> Iterator[dict[str, str | None]]:
    found.pages += 1
    try:
        body = record.payload(params.max_page)
    except DataError as error:
        found.refused.append(Refusal(short(url), "unreadable page", str(error)))
        return
    stated = [(n, v) for n, v in record.headers.items() if n == "content-language"]
    page = parsing.parse(body, url, record.charset, tuple(stated))
    if evidence := optout.on_page(record.headers, page.metas, params.honour):
        found.refused.append(Refusal(short(url), "opted out", evidence.words))
        if evidence.pictures:
            words = f"{evidence.pictures} on {url}"
            web = (whole(p.url) for p in page.pictures if not p.url.startswith("data:"))
            found.against |= {links.key(picture): words for picture in web}
        return
    for picture in page.pictures:
        for said in () if picture.url.startswith("data:") else picture.said:
            yield {
                "picture": whole(picture.url),
                "licence": picture.licence and whole(picture.licence),
                "lang": said.lang or params.language,
                "text": whole(said.text),
                "page": url,
                "origin": said.origin,
            }


def _read(file: BinaryIO, item: Item, params: Params) -> Found | Refusal:
    try:
        record = _records.record_at(file, item.offset)
        if whole(record.url) != item.url:
            raise DataError(f"a record of {short(record.url)} is there")
        data = record.payload(params.max_bytes)
    except DataError as error:
        where = f"{shown(item.archive)} at byte {item.offset}"
        return Refusal(short(item.url), "broken archive", f"{where}: {error}")
    extra = {"archive": shown(item.archive), "captured": record.captured}
    return Found(item.url, data, item.captions, item.url, item.licence or params.licence, extra)
