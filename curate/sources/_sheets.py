"""A folder's `metadata.csv`, `.tsv` or `.jsonl` to its rows, each with the picture it is about.

The form is that of Hugging Face's imagefolder: the column `file_name` holds a path below the
folder of the metadata file. Several rows may be about one picture.
"""

import codecs
import csv
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset.errors import DataError, SourceError
from curate.sources import Refusal, _columns, _numbers
from curate.sources._paths import shown

NAMES = ("metadata.csv", "metadata.tsv", "metadata.jsonl")
ENDINGS = {Path(name).suffix for name in NAMES}
PICTURE_COLUMNS = ("file_name", "filename", "file", "image", "image_path", "filepath", "path")
_NUMBERS = (int, float)  # as the forms of `_numbers`
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Row(NamedTuple):
    """What a metadata file says of one picture; its file's name and line."""

    values: Mapping[str, Any]
    page: str
    line: int


def rows(file: Path, encoding: str) -> list[Row | Refusal]:
    """Rows of a metadata file; a Refusal for each that has not the form of the others.

    Raises:
        SourceError: the file as a whole cannot be used.
    """
    page = shown(file.as_posix())
    try:
        with file.open("rb") as opened:
            start = opened.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            encoding = "utf-16"
        lines = _json_lines if file.suffix == ".jsonl" else _table_lines
        return list(lines(file, page, encoding))
    except (OSError, LookupError) as error:
        raise SourceError(f"{page} cannot be read: {error}") from error


def picture_column(found: list[Row | Refusal], name: str | None, params: _columns.Said) -> str:
    """The column that names pictures, after a check of all that params name.

    Args:
        found: what `rows` gave, at least one row.
        name: what params call it; None: the first of a known name.
        params: of the source.

    Raises:
        ParamsError: there is no such column; says which there are.
    """
    columns = dict.fromkeys(key for row in found if isinstance(row, Row) for key in row.values)
    page = next(row.page for row in found if isinstance(row, Row))
    _columns.check_named(columns, params, page)
    name = name or next((known for known in PICTURE_COLUMNS if known in columns), "file_name")
    _columns.check_column(name, columns, page)
    return name


def numbered(found: list[Row], texts: Collection[str]) -> list[Row]:
    """Rows of a table of text with numbers in the columns that hold nothing else.

    Args:
        found: all usable rows of a metadata file; those of JSON lines are left as they are.
        texts: columns that stay text.
    """
    if found[0].page.endswith(".jsonl"):
        return found
    kinds = {}
    for name in found[0].values.keys() - texts:
        values = pa.array([row.values[name] for row in found], pa.string())
        if (form := _numbers.form(values)) < len(_NUMBERS):
            kinds[name] = _NUMBERS[form]
    return [row._replace(values=dict(_converted(row.values, kinds))) for row in found]


def _converted(
    values: Mapping[str, str], kinds: Mapping[str, Callable[[str], float]]
) -> Iterator[tuple[str, str | float | None]]:
    for name, value in values.items():
        kind = kinds.get(name)
        yield name, value if kind is None else None if value in _numbers.NONE else kind(value)


def place(row: Row, column: str) -> str | Refusal:
    """Path of a row's picture below the metadata file's folder, posix, without dots."""
    name = row.values.get(column)
    if not isinstance(name, str) or not name.strip():
        return _refused(row.page, row.line, "missing picture", f"{column} is {name!r}")
    path = posixpath.normpath(name.strip().replace("\\", "/"))
    if path.startswith(("/", "../")) or path == ".." or path[1:2] == ":":
        detail = f"{column} is {name!r}, which leads out of the folder"
        return _refused(row.page, row.line, "outside the folder", detail)
    return path


def missing(row: Row, detail: str) -> Refusal:
    """Why a row is of no use whose picture cannot be had."""
    return _refused(row.page, row.line, "missing picture", detail)


def _table_lines(file: Path, page: str, encoding: str) -> Iterator[Row | Refusal]:
    name = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    with file.open(encoding=name, errors="surrogateescape", newline="") as opened:
        reader = csv.reader(opened, delimiter=_DELIMITERS[file.suffix])
        try:
            columns = next(reader, [])
            if len(set(columns)) < max(1, len(columns)):
                said = _columns.whole(", ".join(columns)) or "nothing"
                raise SourceError(f"{page} has no header of distinct columns; it has {said}")
            for values in reader:
                if not values:
                    continue
                if len(values) != len(columns):
                    detail = f"{len(values)} values for {len(columns)} columns"
                    yield _refused(page, reader.line_num, "broken row", detail)
                elif any(map(_escaped, values)):
                    yield _refused(page, reader.line_num, "unreadable text", f"no {encoding}")
                else:
                    yield Row(dict(zip(columns, values, strict=True)), page, reader.line_num)
        except (csv.Error, UnicodeError) as error:
            detail = f"{error}; the rest of the file is not read (a quote without an end?)"
            yield _refused(page, reader.line_num, "broken row", detail)


def _json_lines(file: Path, page: str, encoding: str) -> Iterator[Row | Refusal]:
    with file.open("rb") as opened:
        lines = iter(opened)
        if encoding == "utf-16":
            text, encoding = opened.read().decode("utf-16", "replace"), "utf-8"
            lines = (line.encode("utf-8", "replace") for line in text.split("\n"))
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                value = _columns.parsed(_columns.decoded(line, encoding))
                if not isinstance(value, dict):
                    raise DataError("no JSON object")
            except DataError as error:
                yield _refused(page, number, "broken row", str(error))
            else:
                yield Row(value, page, number)


def _escaped(value: str) -> bool:
    """Whether a value holds bytes that are not of the file's encoding."""
    return any("\udc80" <= letter <= "\udcff" for letter in value) if not value.isascii() else False


def _refused(page: str, line: int, reason: str, detail: str) -> Refusal:
    return Refusal(f"{page}:{line}", reason, _columns.whole(detail))
