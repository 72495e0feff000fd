"""Tables of URLs and captions (LAION, CC3M, CC12M, DataComp, or one's own): each URL is fetched.

A URL that stands in several rows is fetched once, and each row keeps its own caption and its own
further columns. Where a row says what its picture was, see `curate.guard` for what becomes of
one that is no more.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from curate.answers import EXTRA
from curate.dataset.errors import SourceError
from curate.sources import Caption, Expected, Fetch, Found, Refusal
from curate.sources._paths import located
from curate.sources._rows import Rows, store
from curate.sources._texts import language_tag
from curate.sources._url_tables import CAPTION, ENDINGS, PROBLEM, Columns, Format, chunks, scalar
from curate.sources._web.fetching import fetch
from curate.sources._web.limits import PICTURES, Answer, Asking, Wanted
from curate.stage.params import parameters

_HASHES = {"sha256": 64, "md5": 32, "phash": 16}  # hexadecimal digits
_KINDS = (*PICTURES, "application/octet-stream", "binary/octet-stream")
_NO_LICENCE = {"", "?"}  # the second is LAION's
READS = ("path",)


@parameters
class Params(Asking):
    """Which tables, and how their URLs are fetched."""

    path: str  # table, folder of them, or pattern such as `{00..31}.parquet`; or a URL
    format: Format | None = None  # null: what the ending says
    columns: Columns = Columns()  # headings
    language: str = "und"  # BCP-47, of captions that state none
    licence: str | None = None  # of pictures whose row states none


class Item(NamedTuple):
    """A row."""

    name: str  # its URL, or where it stands
    url: str
    captions: tuple[tuple[str, str], ...]  # (heading, text)
    known: dict[str, str]  # language, page, licence, sha256, md5, phash, as far as stated
    extra: dict[str, Any]
    problem: str | None


def items(params: Params, packages: Path, spool: Path) -> Rows:  # noqa: ARG001
    """Every row of every table, in their order, rows of one URL together.

    Raises:
        ParamsError: no contact, or columns that are not there.
        SourceError: there is no such table, or it is damaged.
    """
    params.require_contact("a urls source")
    folder = spool / "rows"
    folder.mkdir(exist_ok=True)
    count = store(_tables(params), folder, "url")
    if not count:
        raise SourceError(f"{params.path} has no rows")
    return Rows(folder, item, 0, count)


def _tables(params: Params) -> Iterator[pa.Table]:
    """The chunks of every table; rows without a URL say where they stand."""
    for path in located(params.path, ENDINGS):
        row = 0
        for chunk in chunks(path, params.format, params.columns):
            urls = chunk["url"].to_pylist() if "url" in chunk.column_names else [None] * len(chunk)
            places = [
                None if url and url.strip() else f"{path}#{number}"
                for number, url in enumerate(urls, row)
            ]
            row += len(chunk)
            yield chunk.append_column("place", pa.array(places, pa.string()))


def item(row: dict[str, Any]) -> Item:
    """An item of a row as `curate.sources._url_tables` gives it."""
    text = {name: value.strip() for name, value in row.items() if isinstance(value, str)}
    url = text.get("url", "").partition("#")[0]
    return Item(
        name=url or row["place"] or "",
        url=url,
        captions=tuple(
            (name.removeprefix(CAPTION), value)
            for name, value in text.items()
            if name.startswith(CAPTION) and value
        ),
        known={
            name: text[name] for name in ("language", "page", "licence", *_HASHES) if text.get(name)
        },
        extra={
            name.removeprefix(EXTRA): scalar(value)
            for name, value in row.items()
            if name.startswith(EXTRA)
        },
        problem=row.get(PROBLEM),
    )


def read(item: Item, params: Params) -> Found | Refusal:
    """One row's picture."""
    return next(iter(read_all([item], params)))


def read_all(items: Sequence[Item], params: Params) -> Iterator[Found | Refusal]:
    """The pictures of rows as their URLs answer; each URL is asked for once."""
    by_url: dict[str, list[int]] = {}
    for place, row in enumerate(items):
        if refusal := _refusal(row, place):
            yield refusal
        else:
            by_url.setdefault(row.url, []).append(place)
    urls, limits = list(by_url), params.limits()
    for place, answer, timing in fetch(
        urls, limits, Wanted(kinds=_KINDS, untyped=True), params.at_once
    ):
        for at in by_url[urls[place]]:
            row = items[at]
            if isinstance(answer, Answer):
                yield _found(row, answer.body, params, timing, at)
            else:
                yield Refusal(row.name, answer.reason, answer.detail, timing, at)


def _refusal(row: Item, place: int) -> Refusal | None:
    """Why a row is not worth a request."""
    if row.problem is not None:
        return Refusal(row.name, "unreadable row", row.problem, place=place)
    if not row.url:
        return Refusal(row.name, "no url", "the row has none", place=place)
    if not row.captions:
        return Refusal(row.name, "no caption", "the row has none", place=place)
    for kind, digits in _HASHES.items():
        value = row.known.get(kind, "0" * digits)
        if len(value) != digits or not set(value.lower()) <= set("0123456789abcdef"):
            return Refusal(row.name, "unreadable row", f"{kind} {value[:80]!r}", place=place)
    return None


def _found(row: Item, data: bytes, params: Params, timing: Fetch, place: int) -> Found:
    lang = language_tag(row.known.get("language", "")) or params.language
    page, licence = row.known.get("page"), row.known.get("licence", "")
    return Found(
        item=row.name,
        data=data,
        captions=tuple(Caption(lang, text, page, heading) for heading, text in row.captions),
        url=row.url,
        licence=params.licence if licence in _NO_LICENCE else licence,
        extra={name: value for name, value in row.extra.items() if value is not None},
        expected=Expected(**{kind: row.known.get(kind) for kind in _HASHES}),
        fetch=timing,
        place=place,
    )
