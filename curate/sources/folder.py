"""A folder of pictures, with what is said of them in files beside them.

Captions come from a text file of a picture's name (one caption a line, `caption` or
`<language>: caption`, e.g. `de: Ein roter Ball`), from a JSON file of its name, and from one
`metadata.csv`, `.tsv` or `.jsonl` in its folder or in one above (Hugging Face's imagefolder).
Audio of a picture's name is taken with it, `cat.wav` beside `cat.jpg`, and so is a clip, `cat.mp4`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from curate.dataset.errors import DataError, SourceError
from curate.sources import Audio, Caption, Found, Refusal, Video, _columns, _media, _sheets
from curate.sources._files import PICTURES, regular_files
from curate.sources._paths import around, shown
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

_MARKED = re.compile(r"([a-z]{2}(?:[-_][A-Za-z0-9]{2,8})*):\s+(.*)")
_LONGEST_TEXT = 1 << 20  # bytes of a text or JSON file beside a picture
READS = ("path",)


@parameters
class Params(_columns.Said):
    """Which folder, what its columns are called, and what holds where it does not say."""

    path: str  # folder, relative to the project
    picture_column: str | None = None  # of metadata files; null: `file_name`, or another known
    audio: _media.Taken = "description"  # what it is: a caption read out, or a sound; false: none
    video: bool = True  # whether clips are taken


class Item(NamedTuple):
    """A picture file, its name in tables, and the rows of metadata files about it."""

    file: Path
    url: str
    rows: tuple[_sheets.Row, ...] = ()


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every picture below the folder, in the order of its path; a Refusal for rows without one.

    Raises:
        SourceError: there is no such folder, or no picture in it, or a broken metadata file.
        ParamsError: a metadata file lacks a column that params name.
    """
    folder = Path(params.path)
    files = regular_files(folder, set(PICTURES))
    if not files:
        links = sum(f.is_symlink() for f in folder.rglob("*") if f.suffix.lower() in PICTURES)
        left = f"; {links} links are left out" if links else ""
        wanted = ", ".join(PICTURES)
        there = around(params.path)
        raise SourceError(f"no picture in {folder} (looked for {wanted}); {there}{left}")
    by_place: dict[str, list[_sheets.Row]] = {f.relative_to(folder).as_posix(): [] for f in files}
    refused = list(_spread(folder, by_place, params))
    listed = [
        Item(file.resolve(), shown(f"{folder.as_posix()}/{name}"), tuple(said))
        for file, (name, said) in zip(files, by_place.items(), strict=True)
    ]
    return [*listed, *refused]


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture's bytes, with the lines of its text file and what its rows say."""
    said: list[Caption] = []
    row: dict[str, Any] = {}
    try:
        for values, page in _objects(item, params):
            row = dict(values) | row
            said += _columns.captions(values, params.captions, params, page)
        if (sidecar := _beside(item, ".txt")) is not None:
            text, page = _text(sidecar, params.encoding), _page(item, sidecar)
            said += [Caption(*line, page, "sidecar") for line in lines(text, params.language)]
    except DataError as error:
        return Refusal(item.url, "unreadable text", str(error))
    if not said:
        beside = f"no {item.file.stem}.txt with words beside it, and none in JSON or metadata"
        detail = _columns.silent(row, params) if row else beside
        return Refusal(item.url, "no caption", _columns.whole(detail))
    try:
        if (size := item.file.stat().st_size) > params.max_bytes:
            return Refusal(item.url, "too big", f"{size} bytes, more than {params.max_bytes}")
        data = item.file.read_bytes()
    except OSError as error:
        return Refusal(item.url, "unreadable file", str(error))
    audio, video = tuple(_recordings(item, said, params)), tuple(_clips(item, params))
    return _columns.found(item.url, data, tuple(said), row, params, audio, video)


def lines(text: str, language: str) -> list[tuple[str, str]]:
    """(language, caption) of each line that says something."""
    found = []
    for line in text.splitlines():
        marked = _MARKED.fullmatch(line.strip())
        lang = (language_tag(marked[1]) or language) if marked else language
        if caption := clean(marked[2] if marked else line):
            found.append((lang, caption))
    return found


def _spread(
    folder: Path, by_place: dict[str, list[_sheets.Row]], params: Params
) -> Iterator[Refusal]:
    """Give the rows of all metadata files to their pictures; those without one are refused."""
    forms = {unicodedata.normalize("NFC", name): name for name in by_place}
    by_folder: dict[Path, Path] = {}
    for file in regular_files(folder, _sheets.ENDINGS):
        if file.name not in _sheets.NAMES:
            continue
        other = by_folder.setdefault(file.parent, file)
        if other is not file:
            raise SourceError(f"{file.parent} has {other.name} and {file.name}: leave one of them")
    for parent, file in by_folder.items():
        found = _sheets.rows(file, params.encoding)
        yield from (row for row in found if isinstance(row, Refusal))
        usable = [row for row in found if isinstance(row, _sheets.Row)]
        if not usable:
            continue
        column = _sheets.picture_column(found, params.picture_column, params)
        for row in _sheets.numbered(usable, {column, *_columns.texts(params)}):
            place = _sheets.place(row, column)
            if isinstance(place, Refusal):
                yield place
                continue
            inside = (parent / place).relative_to(folder).as_posix()
            form = inside if inside in by_place else forms.get(unicodedata.normalize("NFC", inside))
            if form is not None:
                values = {k: v for k, v in row.values.items() if k != column}
                by_place[form].append(row._replace(values=values))
            else:
                yield _sheets.missing(row, f"no picture {(folder / inside).as_posix()}")


def _objects(item: Item, params: Params) -> Iterator[tuple[Mapping[str, Any], str]]:
    """(columns, file) of each row about a picture, then those of the JSON file of its name."""
    yield from ((row.values, row.page) for row in item.rows)
    if (file := _beside(item, ".json")) is not None:
        text = _text(file, params.encoding)
        try:
            value = _columns.parsed(text)
        except DataError as error:
            raise DataError(f"{shown(file.name)}: {error}") from error
        if not isinstance(value, dict):
            raise DataError(f"{shown(file.name)}: no JSON object, but {text[:40]!r}")
        yield value, _page(item, file)


def _recordings(item: Item, said: list[Caption], params: Params) -> Iterator[Audio | Refusal]:
    """The audio files of a picture's name."""
    if not params.audio:
        return
    lang = _media.spoken(params.audio, said, params.language)
    for file in filter(None, (_beside(item, ending) for ending in _media.AUDIO_ENDINGS)):
        size = file.stat().st_size
        url, read = _page(item, file), file.read_bytes
        yield _media.audio(url, size, params.max_bytes, read, params.audio, lang)


def _clips(item: Item, params: Params) -> Iterator[Video | Refusal]:
    """The clips of a picture's name."""
    endings = _media.VIDEO_ENDINGS if params.video else ()
    for file in filter(None, (_beside(item, ending) for ending in endings)):
        size = file.stat().st_size
        yield _media.video(_page(item, file), size, params.max_bytes, file.read_bytes)


def _beside(item: Item, ending: str) -> Path | None:
    """The file of a picture's name and another ending, if there is one that is no link."""
    file = item.file.with_suffix(ending)
    return file if file.is_file() and not file.is_symlink() else None


def _text(file: Path, encoding: str) -> str:
    """What a file beside a picture says.

    Raises:
        DataError: it cannot be read, is too long, or written in another encoding.
    """
    try:
        if (size := file.stat().st_size) > _LONGEST_TEXT:
            raise DataError(f"{size} bytes, more than {_LONGEST_TEXT}")
        return _columns.decoded(file.read_bytes(), encoding)
    except (DataError, OSError) as error:
        raise DataError(f"{shown(file.name)}: {error}") from error


def _page(item: Item, file: Path) -> str:
    return item.url.rpartition("/")[0] + f"/{shown(file.name)}"
