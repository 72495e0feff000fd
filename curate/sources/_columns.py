"""A row of a table, or a JSON object, beside a picture: its captions, URL, licence and the rest.

Columns are found by the names that data sets use, or by those that params give; a dot leads into
a nested value (`sentences.raw`). A caption may be a text, a list of texts, or texts by language.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from curate.dataset.errors import DataError, ParamsError
from curate.sources import Audio, Caption, Found, Refusal, Video
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

CAPTIONS = ("caption", "captions", "text", "TEXT", "alt_text", "description", "sentences")
_URLS = ("url", "URL", "image_url")
_LICENCES = ("licence", "license", "LICENSE")
_LANGUAGES = ("lang", "language", "LANGUAGE")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z0-9]{2,8})*")
_INT64 = 2**63
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@parameters
class Said:
    """What the columns of a source are called, and what holds where they say nothing."""

    captions: tuple[str, ...] = ()  # columns; none given: the first that is known
    language_column: str | None = None  # null: the first that is known, if any
    url_column: str | None = None  # as language_column
    licence_column: str | None = None  # as language_column
    language: str = "en"  # BCP-47, of captions that state none
    licence: str | None = None  # of pictures that state none
    encoding: str = "utf-8"  # of text files
    max_bytes: int = 20_000_000  # of a picture, audio file or clip; larger ones are not read


def silent(columns: Collection[str], params: Said) -> str:
    """Why a row has no caption, as a refusal's detail."""
    wanted = ", ".join(params.captions or CAPTIONS)
    return f"captions are looked for in {wanted}; there: {listing(columns)}"


def texts(params: Said) -> set[str]:
    """Names of the columns that are read as text, whatever stands in them."""
    named = (params.language_column, params.url_column, params.licence_column)
    usual = (*_URLS, *_LICENCES, *_LANGUAGES)
    return {*(params.captions or CAPTIONS), *usual, *(name for name in named if name)}


def decoded(data: bytes, encoding: str) -> str:
    """A text file's content.

    Raises:
        DataError: it is written in something else.
    """
    try:
        return data.decode(_BYTE_ORDER_MARKS.get(data[:2], encoding)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataError(
            f"no {error.encoding} (byte {error.object[error.start]:#04x} at {error.start}); "
            "`encoding` says what texts are written in"
        ) from error


def parsed(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        DataError: it is no JSON, or an object in it has the same key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise DataError("no usable JSON: nested too deeply") from error
    except ValueError as error:
        raise DataError(f"no JSON: {error}") from error


def check_named(columns: Collection[str], params: Said, where: str) -> None:
    """See that a table has the columns that params name.

    Args:
        columns: of the table.
        params: of the source.
        where: the table, for messages.

    Raises:
        ParamsError: there is no such column; says which there are.
    """
    named = (params.language_column, params.url_column, params.licence_column)
    for name in (*params.captions, *(name for name in named if name)):
        check_column(name, columns, where)


def check_column(name: str, columns: Collection[str], where: str) -> None:
    """See that a table has a column, or the one that a name with dots starts with.

    Raises:
        ParamsError: there is no such column; says which there are.
    """
    if name not in columns and name.partition(".")[0] not in columns:
        close = difflib.get_close_matches(name, columns, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        raise ParamsError(f"{where} has no column {name!r}{guess} (there: {listing(columns)})")


def captions(
    row: Mapping[str, Any], names: Sequence[str], params: Said, page: str | None
) -> tuple[Caption, ...]:
    """The captions of a row.

    Args:
        row: column -> value.
        names: caption columns; none: the first of a known name that the row has.
        params: of the source.
        page: the file that holds the row.
    """
    stated = _first(row, params.language_column, _LANGUAGES)
    language = (isinstance(stated, str) and language_tag(stated)) or params.language
    names = names or [name for name in CAPTIONS if name in row][:1]
    return tuple(
        Caption(lang or language, text, page, name)
        for name in names
        for lang, text in _texts(_value(row, name))
        if clean(text)
    )


def found(
    item: str,
    data: bytes,
    said: tuple[Caption, ...],
    row: Mapping[str, Any],
    params: Said,
    audio: tuple[Audio | Refusal, ...] = (),
    video: tuple[Video | Refusal, ...] = (),
) -> Found:
    """A picture with its captions, and with the URL, licence and further columns of its row."""
    url = _first(row, params.url_column, _URLS)
    licence = _first(row, params.licence_column, _LICENCES)
    return Found(
        item,
        data,
        said,
        whole(url) if isinstance(url, str) and "://" in url else item,
        (whole(licence) if isinstance(licence, str) else "") or params.licence,
        dict(scalars(row, {caption.origin for caption in said if caption.origin})),
        audio=audio,
        video=video,
    )


def scalars(row: Mapping[str, Any], without: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """The columns of a row that hold a text, a number or a truth value, fit for a table."""
    for name, value in row.items():
        if name in without or not isinstance(value, str | int | float):
            continue
        if isinstance(value, int) and not -_INT64 <= value < _INT64:
            value = str(value)
        yield whole(name), whole(value) if isinstance(value, str) else value


def listing(names: Collection[str]) -> str:
    """Names as a message lists them."""
    return ", ".join(sorted(map(whole, names))) or "none"


def whole(text: str) -> str:
    """A text without halves of surrogate pairs, which no table takes."""
    return text.encode("utf-8", "replace").decode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {twice!r} twice in an object")
    return built


def _first(row: Mapping[str, Any], name: str | None, usual: Sequence[str]) -> Any:
    if name is not None:
        return _value(row, name)
    return next((row[other] for other in usual if other in row), None)


def _value(row: Mapping[str, Any], name: str) -> Any:
    """A column's value, or what its dots lead to; None where there is nothing."""
    if name in row or "." not in name:
        return row.get(name)
    first, _, rest = name.partition(".")
    inner = row.get(first)
    if isinstance(inner, list):
        return [_value(each, rest) for each in inner if isinstance(each, Mapping)]
    return _value(inner, rest) if isinstance(inner, Mapping) else None


def _texts(value: Any) -> Iterator[tuple[str | None, str]]:
    """(language or None, text) of a text, of a list of them, or of texts by language."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, Mapping) and all(map(_LANGUAGE.fullmatch, map(str, value))):
        for name, each in value.items():
            yield from ((lang or language_tag(str(name)), text) for lang, text in _texts(each))
