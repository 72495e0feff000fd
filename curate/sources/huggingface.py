"""Parquet and Arrow files with a column of pictures, as Hugging Face's `datasets` writes them.

A picture is a struct of `bytes` and `path`, or plain bytes; captions are in one or more columns,
and further columns of plain values go along. Audio is taken from the columns that the file says
hold it, or, where it says nothing, whose name begins with `audio`. Files are read a few rows at a
time. Of a folder that `save_to_disk` wrote the Arrow files are those that its `state.json` names.
"""

import functools
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import types

from curate.dataset.errors import DataError, ParamsError, SourceError
from curate.sources import Audio, Caption, Found, Refusal, _columns, _media
from curate.sources._grouped import ENDINGS, Groups, fit, open_groups
from curate.sources._paths import located, opened, shown, version
from curate.stage.params import parameters

_STATE = "state.json"  # of a folder that `save_to_disk` wrote
_BROKEN = (pa.ArrowException, OSError, DataError, ValueError)
_is_bytes = (types.is_binary, types.is_large_binary, types.is_binary_view)
_is_text = (types.is_string, types.is_large_string, types.is_string_view)
_is_plain = (*_is_text, types.is_integer, types.is_floating, types.is_boolean)
READS = ("path",)


@parameters
class Params(_columns.Said):
    """Which files, and what their columns are called."""

    path: str  # parquet or Arrow file, folder of them, or pattern; or a URL
    picture_column: str | None = None  # null: the one that says so, or holds bytes
    audio_columns: tuple[str, ...] = ()  # none given: those that say so, or are called audio…
    audio: _media.Taken = "description"  # what it is: a caption read out, or a sound; false: none


class Item(NamedTuple):
    """A row: its name in tables, and where it is."""

    name: str
    file: str
    group: int  # row group or record batch
    row: int  # in its group
    version: str  # of the file that was listed


@dataclass(frozen=True)
class Columns:
    """What is read of a file."""

    picture: str
    captions: tuple[str, ...]
    audio: tuple[str, ...]
    read: tuple[str, ...]  # with them, those of plain values
    classes: Mapping[str, Sequence[str]]  # column of numbers -> their names


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every row of every file; a Refusal for a file that cannot be read.

    Raises:
        SourceError: there is no such file, or no pictures in it.
        ParamsError: a column that params name, or one of captions, is missing.
    """
    listed: list[Item | Refusal] = []
    for number, file in enumerate(_files(params.path)):
        name, state = shown(file), version(file)
        try:
            check = functools.partial(columns_of, params=params, where=name)
            place, groups = fit(file, spool / f"{number}", check)
        except _BROKEN as error:
            listed.append(Refusal(name, "broken file", str(error)))
            continue
        rows = ((group, row) for group, size in enumerate(groups) for row in range(size))
        listed += [Item(f"{name}#{n}", place, *row, state) for n, row in enumerate(rows)]
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """A row's picture, captions and further columns."""
    return next(read_all([item], params))


def read_all(items: Sequence[Item], params: Params) -> Iterator[Found | Refusal]:
    """As `read`, for several items; rows that follow one another are read in one go."""
    for (file, group), together in itertools.groupby(items, lambda item: item[1:3]):
        wanted, answered = list(together), 0
        try:
            with open_groups(file) as table:
                for found in _read_group(table, group, wanted, params):
                    yield found
                    answered += 1
        except _BROKEN as error:
            for item in wanted[answered:]:
                yield Refusal(item.name, "broken file", str(error))


def columns_of(schema: pa.Schema, params: Params, where: str) -> Columns:
    """What is read of a file of some schema.

    Raises:
        SourceError: it has no column of pictures.
        ParamsError: a column that params name, or one of captions, is missing.
    """
    names, features = schema.names, _features(schema)
    _columns.check_named(names, params, where)
    if params.picture_column is not None:
        _columns.check_column(params.picture_column, names, where)
    said = [name for name in names if features.get(name, {}).get("_type") == "Image"]
    audio = _audio(schema, features, params, where)
    may_be = said or [name for name in names if name not in audio]
    pictures = [name for name in may_be if _holds_bytes(schema.field(name).type)]
    picture = params.picture_column or next(iter(pictures), None)
    if picture is None or not _holds_bytes(schema.field(picture).type):
        there = ", ".join(f"{field.name} ({field.type})" for field in schema)
        raise SourceError(
            f"{where} has no column of pictures {f'{picture!r} ' if picture else ''}"
            f"(a struct with bytes, or bytes); there: {there}"
        )
    captions = params.captions or tuple(n for n in _columns.CAPTIONS if n in names)[:1]
    if not captions:
        raise ParamsError(
            f"{where} has no caption column of a known name ({', '.join(_columns.CAPTIONS)}); "
            f"say in `captions` which it is (there: {_columns.listing(names)})"
        )
    named = (*captions, params.language_column, params.url_column, params.licence_column)
    tops = {name if name in names else name.partition(".")[0] for name in named if name}
    plain = {n for n in names if any(test(schema.field(n).type) for test in _is_plain)}
    classes = {n: f["names"] for n, f in features.items() if isinstance(f.get("names"), list)}
    audio = tuple(name for name in audio if params.audio and name != picture)
    read = tuple(name for name in names if name in tops | plain | {picture, *audio})
    return Columns(picture, captions, audio, read, classes)


def _audio(
    schema: pa.Schema, features: Mapping[str, Mapping[str, Any]], params: Params, where: str
) -> tuple[str, ...]:
    """The columns of audio, whether it is taken or not.

    Raises:
        ParamsError: one that params name is missing, or holds no bytes.
    """
    for name in params.audio_columns:
        _columns.check_column(name, schema.names, where)
        if not _holds_bytes(schema.field(name).type):
            there = f"column {name!r} ({schema.field(name).type})"
            raise ParamsError(f"{where}: {there} is no struct with bytes, or bytes")
    said = [name for name, feature in features.items() if feature.get("_type") == "Audio"]
    called = [name for name in schema.names if name.lower().startswith("audio")]
    found = params.audio_columns or (said if features else called)
    return tuple(name for name in found if _holds_bytes(schema.field(name).type))


def _files(path: str) -> list[str]:
    """The files that a path means, without those that `datasets` left beside its own."""
    found = located(path, ENDINGS)
    folders = {f.rpartition("/")[0] for f in found if f.endswith(".arrow")}
    named = {folder: _named(f"{folder}/{_STATE}" if folder else _STATE) for folder in folders}
    return [
        file
        for file in found
        for folder, _, name in [file.rpartition("/")]
        if not file.endswith(".arrow") or name in named[folder] or not named[folder]
    ]


def _named(state: str) -> set[str]:
    """The files that a `state.json` names; none where there is no such file."""
    try:
        with opened(state) as raw:
            files = json.loads(raw.read())["_data_files"]
        return {file["filename"] for file in files}
    except (DataError, OSError, KeyError, TypeError, ValueError, RecursionError):
        return set()


def _read_group(
    table: Groups, group: int, wanted: Sequence[Item], params: Params
) -> Iterator[Found | Refusal]:
    """What the wanted rows of a group hold, which are in their order."""
    columns = columns_of(table.schema, params, wanted[0].file)
    batches = table.rows(group, columns.read, wanted[0].row)
    start, batch = next(batches, (0, None))
    for item in wanted:
        while batch is not None and item.row >= start + len(batch):
            start, batch = next(batches, (start + len(batch), None))
        if batch is None:
            raise DataError(f"row group {group} ends after {start} rows")
        one = batch.slice(item.row - start, 1)
        try:
            one.validate(full=True)
            (row,) = one.to_pylist()
        except (UnicodeDecodeError, pa.ArrowInvalid) as error:
            yield Refusal(item.name, "unreadable text", str(error))
        else:
            yield _found(item, row, columns, params)


def _found(item: Item, row: dict[str, Any], columns: Columns, params: Params) -> Found | Refusal:
    data, silent = _bytes(row.pop(columns.picture))
    heard = {name: row.pop(name) for name in columns.audio}
    if not data:
        return Refusal(item.name, "missing picture", silent)
    if len(data) > params.max_bytes:
        detail = f"{len(data)} bytes, more than {params.max_bytes}"
        return Refusal(item.name, "too big", detail)
    named = {
        n: _class(row[n], columns.classes[n]) for n in columns.captions if n in columns.classes
    }
    file = item.name.rpartition("#")[0]
    said = _columns.captions(row | named, columns.captions, params, file)
    if not said:
        detail = f"nothing in {', '.join(columns.captions)}"
        return Refusal(item.name, "no caption", detail)
    audio = tuple(_recordings(item, heard, said, params))
    return _columns.found(item.name, data, said, row, params, audio)


def _recordings(
    item: Item, heard: Mapping[str, Any], said: Sequence[Caption], params: Params
) -> Iterator[Audio | Refusal]:
    """The audio of a row, by column; a column that is null in this row has none."""
    for column, value in heard.items():
        if value is None or not params.audio:
            continue
        url, (data, silent) = f"{item.name}/{column}", _bytes(value)
        if data:
            lang = _media.spoken(params.audio, said, params.language)
            read = functools.partial(bytes, data)
            yield _media.audio(url, len(data), params.max_bytes, read, params.audio, lang)
        else:
            yield Refusal(url, _media.AUDIO.unreadable, silent)


def _bytes(value: Any) -> tuple[bytes | None, str]:
    """Encoded bytes of a picture or of audio; where there are none, why."""
    data, path = (
        (value.get("bytes"), value.get("path")) if isinstance(value, dict) else (value, None)
    )
    return data, f"no bytes; the path {path!r} is not followed" if path else "no bytes"


def _class(value: Any, names: Sequence[str]) -> Any:
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _holds_bytes(kind: pa.DataType) -> bool:
    if types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    return any(test(kind) for test in _is_bytes)


def _features(schema: pa.Schema) -> dict[str, dict[str, Any]]:
    """What `datasets` says of the columns, where it wrote the file."""
    try:
        said = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: f for name, f in said.items() if name in schema.names and isinstance(f, dict)}
