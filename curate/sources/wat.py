"""Links of web archives (WAT), as Common Crawl extracts them: pictures with words are fetched.

A WAT archive holds no picture, but of each page a JSON of what it links to. Those of its `img`
elements that have an `alt` or `title` become a table of URLs, which is then fetched as any other,
see `curate.sources.urls`. Pages that ask not to be used for training are refused.
"""

import dataclasses
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.dataset.errors import DataError, SourceError
from curate.sources import Found, Refusal, _archives, _columns, _records, urls
from curate.sources._listed import Listed
from curate.sources._paths import shown
from curate.sources._texts import clean, language_tag
from curate.sources._url_tables import Columns
from curate.sources._web import links, optout
from curate.stage.params import parameters

_ENDINGS = (".wat.gz", ".wat", ".wat.zst")
_SAID = ("alt", "title")
_LONGEST = 32_000_000  # bytes of what is said of one page
_AT_ONCE = 10_000  # rows in memory while an archive is read
_ANSWER = ("Envelope", "Payload-Metadata", "HTTP-Response-Metadata")
_HTML = (*_ANSWER, "HTML-Metadata")
_ROOT = ("HTML@/lang", "HTML@/xml:lang")  # how the html element's language is named among metas
_STATED = "content-language"
_TABLE = pa.schema([(name, pa.string()) for name in ("url", *_SAID, "language", "page")])
READS = ("path",)


@parameters
class Params(urls.Params):
    """Which archives, and how the pictures are fetched."""

    path: str  # WAT archive, folder of them, or pattern; or a URL
    format: Literal["parquet"] = "parquet"  # of the table that is made of them
    columns: Columns = Columns(captions=_SAID)  # of that table


class Scan(NamedTuple):
    """What an archive holds, beside what is in its table."""

    refused: list[Refusal]
    against: dict[str, str]  # key of a picture's URL -> what a page says


def items(params: Params, packages: Path, spool: Path) -> Listed:
    """Every picture with words on every page of every archive.

    Raises:
        SourceError: there is no such archive, or no picture with words in any.
        ParamsError: no contact for the owners of the hosts.
    """
    tables = spool / "tables"
    shutil.rmtree(tables, ignore_errors=True)
    tables.mkdir()
    scans = _archives.scans(scan, params.path, _ENDINGS, params, tables)
    refused = [refusal for found in scans for refusal in found.refused]
    if against := {key: said for found in scans for key, said in found.against.items()}:
        refused += _opted_out(sorted(tables.iterdir()), against)
    if not any(pq.read_metadata(table).num_rows for table in tables.iterdir()):
        why = "; ".join(f"{r.item}: {r.reason}" for r in refused[:3])
        raise SourceError(f"no picture with words in {params.path}: {why or 'it names none'}")
    table = dataclasses.replace(params, path=tables.as_posix())
    return Listed(refused, urls.items(table, packages, spool))


def _opted_out(tables: Sequence[Path], against: Mapping[str, str]) -> list[Refusal]:
    """Take pictures that a page is against out of tables; a refusal for each.

    Args:
        tables: of all archives.
        against: key of a picture's URL -> what a page says.
    """
    refused: dict[str, str] = {}
    for table in tables:
        left = table.with_suffix(".left")
        with pq.ParquetFile(table) as rows, pq.ParquetWriter(left, _TABLE) as writer:
            for batch in rows.iter_batches(_AT_ONCE, use_threads=False):
                named = [(url, links.key(url)) for url in batch.column("url").to_pylist()]
                refused |= {url: against[key] for url, key in named if key in against}
                writer.write_batch(batch.filter(pa.array([k not in against for _, k in named])))
        left.replace(table)
    return [Refusal(url, "opted out", said) for url, said in refused.items()]


def read(item: Any, params: Params) -> Found | Refusal:
    """One row's picture."""
    return urls.read(item, params)


def read_all(items: Sequence[Any], params: Params) -> Iterator[Found | Refusal]:
    """The pictures of rows as their URLs answer."""
    return urls.read_all(items, params)


def scan(work: tuple[str, Path], params: Params, seen: Callable[[], object] = int) -> Scan:
    """Write what an archive's pages say of pictures into a table; what was refused.

    Args:
        work: the archive and the table.
        params: of the source.
        seen: called for every record.
    """
    archive, table = work
    found = Scan([], {})
    refused = found.refused
    with pq.ParquetWriter(table, _TABLE) as writer:
        pending: list[dict[str, str | None]] = []
        for record in _records.records(archive, _records.METADATA):
            seen()
            if isinstance(record, _records.Broken):
                where = f"{shown(archive)}@{record.offset}"
                refused.append(Refusal(where, "broken archive", record.why))
                continue
            url = _columns.whole(record.url)
            try:
                content = _columns.parsed(_text(record))
            except DataError as error:
                refused.append(Refusal(url, "unreadable page", str(error)))
                continue
            if str(_inside(content, *_ANSWER, "Response-Message").get("Status", "200")) != "200":
                continue
            if evidence := against(content, params.honour):
                refused.append(Refusal(url, "opted out", evidence.words))
                if evidence.pictures:
                    said = f"{evidence.pictures} on {url}"
                    found.against.update((links.key(shown), said) for shown, _ in _on(content, url))
            else:
                pending += pictures(content, url)
            if len(pending) >= _AT_ONCE:
                writer.write_table(pa.Table.from_pylist(pending, _TABLE))
                pending = []
        writer.write_table(pa.Table.from_pylist(pending, _TABLE))
    return found


def against(content: Any, honour: Collection[str]) -> optout.Evidence | None:
    """What a page says against its use for training; None where it says nothing.

    Args:
        content: JSON that a WAT archive holds of a page.
        honour: signals that are obeyed, see `optout.SIGNALS`.
    """
    metas = [dict(_texts(meta)) for meta in _list(_inside(content, *_HTML, "Head").get("Metas"))]
    named = [(meta.get("name", "").lower(), meta.get("content", "")) for meta in metas]
    return optout.on_page(_headers(content), named, honour)


def pictures(content: Any, page: str) -> Iterator[dict[str, str | None]]:
    """Rows of the table for the pictures of a page.

    Args:
        content: JSON that a WAT archive holds of a page.
        page: its URL.
    """
    language = _language(content)
    for url, link in _on(content, page):
        texts = {name: clean(link.get(name, "")) or None for name in _SAID}
        if any(texts.values()):
            yield {"url": url, "language": language, "page": page, **texts}


def _on(content: Any, page: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """URL and attributes of each picture on a page."""
    base = _inside(content, *_HTML, "Head").get("Base")
    root = links.join(page, base if isinstance(base, str) else None) or page
    for link in map(dict, map(_texts, _list(_inside(content, *_HTML).get("Links")))):
        url = _columns.whole(links.join(root, link.get("url")) or "")
        is_web = url.lower().startswith(("http://", "https://"))
        if is_web and link.get("path", "").startswith("IMG@"):
            yield url, link


def _language(content: Any) -> str | None:
    """A page's language: of its html element, else of a meta element, else of the header."""
    metas = [dict(_texts(meta)) for meta in _list(_inside(content, *_HTML, "Head").get("Metas"))]
    html = [m.get("content", "") for name in _ROOT for m in metas if m.get("name") == name]
    http = [m.get("content", "") for m in metas if m.get("http-equiv", "").lower() == _STATED]
    stated = (*html, *http, _headers(content).get(_STATED, ""))
    return next((tag for tag in map(language_tag, stated) if tag), None)


def _headers(content: Any) -> dict[str, str]:
    found = _inside(content, *_ANSWER, "Headers")
    return {name.lower(): value for name, value in _texts(found)}


def _text(record: _records.Record) -> str:
    return _columns.decoded(record.payload(_LONGEST), "utf-8")


def _inside(value: Any, *names: str) -> Mapping[str, Any]:
    """An object inside objects; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, each) for name, each in value.items() if isinstance(each, str))
