"""Tables of URLs as chunks of columns with known names, whatever their format and headings.

Parquet, CSV, TSV and JSON lines, compressed or not, are read piece by piece, from any place that
fsspec reaches. Headings are those of LAION, CC3M and CC12M (which have none: the column of URLs
is the one that holds some), DataComp and COYO, or the ones that params name.
"""

import codecs
import csv
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from curate.answers import EXTRA, column
from curate.dataset import tables
from curate.dataset.errors import ParamsError, SourceError
from curate.sources import _numbers
from curate.sources._columns import whole
from curate.stage.params import parameters

Format = Literal["parquet", "csv", "tsv", "jsonl"]
ENDINGS = (  # of the tables that a folder is searched for
    *(".parquet", ".csv", ".tsv", ".jsonl"),
    *(".csv.gz", ".tsv.gz", ".jsonl.gz", ".csv.zst", ".tsv.zst", ".jsonl.zst"),
)
CAPTION = "caption:"  # what names of columns of captions start with
PROBLEM = "problem"  # column: why a row could not be read
_ROWS = 16384  # of a chunk
_BLOCK = 1 << 22  # bytes of a CSV that are read at a time
_FORMATS: dict[str, Format] = {
    **{".parquet": "parquet", ".csv": "csv", ".tsv": "tsv"},
    **{".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"},
}
_AS_TEXT = pc.CastOptions(target_type=pa.string(), allow_invalid_utf8=True)
_COMPRESSED = re.compile(r"\.(gz|bz2|zst|xz|lz4)$")
_IS_URL = re.compile(r"https?://", re.IGNORECASE)


@parameters
class Columns:
    """Headings of a table; null for those that are known (in any case of their letters)."""

    url: str | None = None  # url, image_url, img_url, uri
    captions: tuple[str, ...] | None = None  # text, caption, alt, alt_text: the first of them
    language: str | None = None  # language, lang
    page: str | None = None  # page, page_url
    licence: str | None = None  # licence, license
    sha256: str | None = None  # sha256
    md5: str | None = None  # md5
    phash: str | None = None  # phash, image_phash
    keep: tuple[str, ...] | None = None  # further columns that are kept; null for all


_KNOWN = {
    "url": ("url", "image_url", "img_url", "uri"),
    "language": ("language", "lang"),
    "page": ("page", "page_url"),
    "licence": ("licence", "license"),
    "sha256": ("sha256",),
    "md5": ("md5",),
    "phash": ("phash", "image_phash"),
}
_KNOWN_CAPTIONS = ("text", "caption", "alt", "alt_text")
Names = Mapping[str, str]  # our name of a column -> its heading


def chunks(path: str, kind: Format | None, columns: Columns) -> Iterator[pa.Table]:
    """Pieces of a table: columns url, `caption:<heading>`, those of `Columns`, `extra.<heading>`.

    Rows that cannot be read are there too, with the column `problem` alone.

    Args:
        path: local, or any fsspec URL.
        kind: format; None for what the ending says.
        columns: headings.

    Raises:
        SourceError: the table is missing, damaged or of no known format.
        ParamsError: it has no column of URLs or captions, or none that is named.
    """
    ending = "." + _COMPRESSED.sub("", path).rpartition(".")[2].lower()
    if kind is None and ending not in _FORMATS:
        raise SourceError(f"{path} ends in none of {', '.join(_FORMATS)}; say its `format`")
    found = kind or _FORMATS[ending]
    try:
        if found == "parquet":
            yield from _parquet(path, columns)
        elif found == "jsonl":
            yield from _json_lines(path, columns)
        else:
            yield from _csv(path, "," if found == "csv" else "\t", columns)
    except (pa.ArrowException, csv.Error, OSError, UnicodeError) as error:
        raise SourceError(f"{path} cannot be read as {found}: {error}") from error


def names(headings: Sequence[str], columns: Columns, path: str) -> Names:
    """Our names of a table's columns -> their headings.

    Raises:
        ParamsError: there is no column of URLs or captions, or none that is named.
    """
    by_lower = {heading.lower(): heading for heading in reversed(headings)}

    def heading(wanted: str | None, known: Sequence[str]) -> str | None:
        if wanted is not None and wanted not in headings:
            raise ParamsError(f"{path} has no column {wanted!r}; it has {', '.join(headings)}")
        return wanted or next((by_lower[name] for name in known if name in by_lower), None)

    found = {name: heading(getattr(columns, name), known) for name, known in _KNOWN.items()}
    said = columns.captions
    captions = [heading(name, ()) for name in said] if said else [heading(None, _KNOWN_CAPTIONS)]
    found |= {f"{CAPTION}{name}": name for name in captions if name}
    chosen = {name: heading for name, heading in found.items() if heading is not None}
    for name, known in (("url", _KNOWN["url"]), (CAPTION, _KNOWN_CAPTIONS)):
        if not any(ours.startswith(name) for ours in chosen):
            raise ParamsError(
                f"{path} has none of the columns {', '.join(known)}; name it under `columns` "
                f"(there: {', '.join(headings)})"
            )
    kept = headings if columns.keep is None else columns.keep
    rest = [heading(name, ()) for name in kept if name not in chosen.values()]
    return chosen | {f"{EXTRA}{name}": name for name in rest if name}


def _named(table: pa.Table, wanted: Names) -> pa.Table:
    """The wanted columns under our names, those that are not extra as text."""
    found = {}
    for ours, heading in wanted.items():
        values = table.column(heading)
        found[ours] = _utf8(values if ours.startswith(EXTRA) else values.cast(options=_AS_TEXT))
    return pa.table(found)


def _utf8(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of whole texts: bytes of them that are no UTF-8 become U+FFFD, as in a CSV.

    Raises:
        pa.ArrowInvalid: there are such bytes inside of lists or structs.
    """
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
            raise
        raw = values.cast(pa.large_binary()).to_pylist()
        texts = (None if value is None else value.decode("utf-8", "replace") for value in raw)
        return pa.chunked_array([pa.array(texts, pa.string())])
    return values


def _parquet(path: str, columns: Columns) -> Iterator[pa.Table]:
    with fsspec.open(path, "rb") as file, pq.ParquetFile(file, **tables.VERIFIED) as table:
        wanted = names(table.schema_arrow.names, columns, path)
        for batch in table.iter_batches(_ROWS, columns=list(wanted.values())):
            yield _named(pa.Table.from_batches([batch]), wanted)


def _json_lines(path: str, columns: Columns) -> Iterator[pa.Table]:
    with fsspec.open(path, "rb", compression="infer") as file:
        wanted: Names | None = None
        for lines in iter(lambda: list(itertools.islice(file, _ROWS)), []):
            rows, problems = [], []
            for line in filter(bytes.strip, lines):
                try:
                    row = _parsed(line)
                except (ValueError, RecursionError) as error:
                    row = f"no JSON: {error}: {line[:80]!r}"
                if isinstance(row, dict):
                    rows.append(row)
                else:
                    problems.append(row if isinstance(row, str) else f"no object: {line[:80]!r}")
            headings = list(dict.fromkeys(name for row in rows for name in row))
            if wanted is None and rows:
                wanted = names(headings, columns, path)
            if wanted is not None:
                every = dict(wanted)
                if columns.keep is None:
                    known = set(wanted.values())
                    every |= {f"{EXTRA}{name}": name for name in headings if name not in known}
                values = {n: [scalar(row.get(h)) for row in rows] for n, h in every.items()}
                yield pa.table(
                    {
                        n: column(v)
                        if n.startswith(EXTRA)
                        else pa.array(map(_text, v), pa.string())
                        for n, v in values.items()
                    }
                )
            if problems:
                yield pa.table({PROBLEM: problems})


def _parsed(line: bytes) -> Any:
    """The value of a line of JSON, without halves of surrogate pairs, which no table takes."""
    value = json.loads(line.decode(json.detect_encoding(line)))
    if b"\\u" in line:
        value = json.loads(whole(json.dumps(value, ensure_ascii=False)))
    return value


def _csv(path: str, delimiter: str, columns: Columns) -> Iterator[pa.Table]:
    with fsspec.open(path, "rb", compression="infer") as file:
        first = codecs.decode(file.readline(1 << 16), "utf-8-sig", "replace")
    cells = next(csv.reader([first], delimiter=delimiter), [])
    headless = any(map(_IS_URL.match, cells))
    if headless:
        rest = iter(["caption"] if len(cells) == 2 else map("column{}".format, range(len(cells))))
        cells = ["url" if _IS_URL.match(cell) else next(rest) for cell in cells]
    wanted = names(cells, columns, path)
    read = pyarrow.csv.ReadOptions(
        block_size=_BLOCK, column_names=cells if headless else None, use_threads=False
    )
    problems: list[str] = []

    def skip(row: Any) -> str:
        problems.append(f"{row.actual_columns} instead of {row.expected_columns}: {row.text[:200]}")
        return "skip"

    parse = pyarrow.csv.ParseOptions(
        delimiter=delimiter,
        quote_char=False if headless and delimiter == "\t" else '"',
        newlines_in_values=not (headless and delimiter == "\t"),
        invalid_row_handler=skip,
    )

    def pieces(types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        convert = pyarrow.csv.ConvertOptions(
            column_types=types, include_columns=list(wanted.values())
        )
        with fsspec.open(path, "rb", compression="infer") as raw:
            decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
            stream = pa.TransformInputStream(
                pa.PythonFile(raw, "r"), lambda data: decoder.decode(data).encode()
            )
            yield from pyarrow.csv.open_csv(stream, read, parse, convert)

    text = dict.fromkeys(wanted.values(), pa.string())
    extra = [heading for ours, heading in wanted.items() if ours.startswith(EXTRA)]
    types = text | _types(pieces(text), extra)
    problems.clear()
    for piece in pieces(types):
        yield _named(pa.Table.from_batches([piece]), wanted)
    if problems:
        yield pa.table({PROBLEM: problems})


def _types(pieces: Iterable[pa.RecordBatch], headings: Sequence[str]) -> dict[str, pa.DataType]:
    """The types of the columns that hold nothing but numbers, from the first row to the last.

    Args:
        pieces: of the whole table, all columns as text.
        headings: of the columns that may hold numbers.
    """
    left = dict.fromkeys(headings, 0)  # -> place among the forms of numbers
    for piece in pieces:
        for heading, place in left.items():
            left[heading] = _numbers.form(piece.column(heading), place)
    types = {place: kind for place, (_, kind) in enumerate(_numbers.FORMS)}
    return {heading: types[place] for heading, place in left.items() if place in types}


def scalar(value: Any) -> Any:
    """A value as text, number or truth; what is none of these as JSON."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
