"""Web archives (WARC) such as Common Crawl's: pictures in them, with what pages in them say.

A picture takes its captions from every archived page that shows it, whichever of the archives
holds the page; redirects and repetitions in the archives are followed. Nothing is fetched.
Answers and pages that ask not to be used for training are refused, with what they said.
"""

import hashlib
import itertools
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.dataset.errors import DataError, SourceError
from curate.sources import NOT_ARCHIVED, Caption, Found, Refusal, _archives, _records
from curate.sources._columns import whole
from curate.sources._listed import Listed
from curate.sources._pages import parsing
from curate.sources._paths import opened, shown, version
from curate.sources._rows import Rows, store
from curate.sources._web import links, optout
from curate.sources._web.links import short
from curate.sources._web.optout import SIGNALS, Signal
from curate.stage.params import parameters

_PAGES = ("text/html", "application/xhtml+xml")
_MOST_HOPS = 5  # redirects from the URL on a page to a picture
_AT_ONCE = 10_000  # captions in memory while an archive is read
_ABSENT = pa.schema([("url", pa.string()), ("page", pa.string())])
_CAPTIONS = pa.schema([(name, pa.string()) for name in ("picture", "licence", *Caption._fields)])
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


class Item(NamedTuple):
    """An archived picture: where it is, and what pages say of it."""

    url: str
    archive: str
    offset: int  # bytes from the archive's start
    captions: tuple[Caption, ...]
    licence: str | None  # as a page states it
    version: str  # of the archive


@dataclass
class Scan:
    """What one archive holds; the captions on its pages are in a file of their own."""

    archive: str
    captions: Path
    pictures: list[tuple[str, int]] = field(default_factory=list)  # URL, offset
    same: dict[str, str] = field(default_factory=dict)  # URL -> the URL that has its content
    refused: list[Refusal] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)  # keys of URLs whose own answer opts out
    against: dict[str, str] = field(default_factory=dict)  # picture's key -> what a page says
    pages: int = 0


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
    listed, absent = _joined(scans)
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
    with pq.ParquetWriter(found.captions, _CAPTIONS) as writer:
        pending: list[dict[str, str | None]] = []
        for record in _records.records(found.archive):
            seen()
            if isinstance(record, _records.Broken):
                where = f"{shown(found.archive)}@{record.offset}"
                found.refused.append(Refusal(where, "broken archive", record.why))
            else:
                pending += _take(record, found, params)
            if len(pending) >= _AT_ONCE:
                writer.write_table(pa.Table.from_pylist(pending, _CAPTIONS))
                pending = []
        writer.write_table(pa.Table.from_pylist(pending, _CAPTIONS))
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


def _joined(scans: Sequence[Scan]) -> tuple[list[Item | Refusal], Iterator[pa.Table]]:
    """Pictures with what all archives say of them; those that no archive holds."""
    pictures: dict[str, tuple[str, str, int]] = {}
    refused = [refusal for found in scans for refusal in found.refused]
    for found in scans:
        for url, offset in found.pictures:
            place = (url, found.archive, offset)
            if pictures.setdefault(links.key(url), place) is not place:
                where = f"{shown(found.archive)}@{offset}"
                refused.append(Refusal(where, "duplicate", f"{short(url)} was captured before"))
    same = {links.key(a): links.key(b) for found in scans for a, b in found.same.items()}
    closed = {key for found in scans for key in found.closed}
    ways = {key: target for key, target in same.items() if key not in closed}
    pictures = {key: place for key, place in pictures.items() if key not in closed}
    captions: dict[str, dict[tuple[str, str], Caption]] = {key: {} for key in pictures}
    licences: dict[str, str] = {}
    for found in scans:
        for url, licence, caption in _captions(found.captions):
            key = _resolved(links.key(url), ways, captions)
            if key is not None:
                captions[key].setdefault(caption[:2], caption)
                if licence:
                    licences.setdefault(key, licence)
    stated = [entry for found in scans for entry in found.against.items()]
    against = {_resolved(key, same, captions): said for key, said in stated}
    listed: list[Item | Refusal] = []
    versions = {found.archive: version(found.archive) for found in scans}
    for key, place in pictures.items():
        if key in against:
            refused.append(Refusal(short(place[0]), "opted out", against[key]))
        elif said := tuple(captions[key].values()):
            listed.append(Item(*place, said, licences.get(key), versions[place[1]]))
        else:
            detail = "no archived page says anything of it"
            refused.append(Refusal(short(place[0]), "no caption", detail))
    accounted = {_digest(refusal.item) for refusal in refused}
    return [*listed, *refused], _absent(scans, ways, captions, accounted)


def _absent(
    scans: Sequence[Scan], same: Mapping[str, str], held: Container[str], seen: set[bytes]
) -> Iterator[pa.Table]:
    """Pictures that pages show and no archive holds, each once, and the first page with each.

    Args:
        scans: of all archives.
        same: key of a URL -> key of the one that it leads to.
        held: keys of pictures that archives hold.
        seen: digests of URLs that need no row; those of what gets one are added.
    """
    for found in scans:
        said = iter(_captions(found.captions))
        while some := list(itertools.islice(said, _AT_ONCE)):
            rows = []
            for url, _, caption in some:
                digest = _digest(url)
                if digest not in seen and _resolved(links.key(url), same, held) is None:
                    seen.add(digest)
                    rows.append({"url": short(url), "page": caption.page})
            if rows:
                yield pa.Table.from_pylist(rows, _ABSENT)


def _captions(file: Path) -> Iterator[tuple[str, str | None, Caption]]:
    """(picture, its licence, caption) of each row of a scan's file, some in memory at a time."""
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(_AT_ONCE, use_threads=False):
            columns = (column.to_pylist() for column in batch.columns)
            for url, licence, *caption in zip(*columns, strict=True):
                yield url, licence, Caption(*caption)


def _resolved(key: str, same: Mapping[str, str], known: Container[str]) -> str | None:
    """The key of the picture that a URL leads to, if the archives hold it."""
    for _ in range(_MOST_HOPS + 1):
        if key in known:
            return key
        if key not in same:
            return None
        key = same[key]
    return None


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


def _digest(url: str) -> bytes:
    """What is kept in memory of a URL that has its row: 16 bytes, of its name in tables."""
    return hashlib.blake2b(links.key(short(url)).encode(), digest_size=16).digest()
