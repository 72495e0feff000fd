"""Tars as WebDataset and img2dataset write them: pictures with their texts beside them.

Members whose names are the same up to the first dot of the file name are one sample: `12.jpg`,
`12.txt` (a caption), `12.json` (captions and further columns), `12.cls` (the number or the name of
a class), audio such as `12.wav` and clips such as `12.mp4`. Tars are read in place: a picture by
its offset, nothing is unpacked but compressed tars.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from curate.dataset.errors import DataError
from curate.sources import Audio, Caption, Found, Refusal, Video, _columns, _media
from curate.sources._files import PICTURES
from curate.sources._paths import Ranges, located, shown, version
from curate.sources._tars import ENDINGS, Broken, Member, in_place, members
from curate.stage.params import parameters

_LONGEST_TEXT = 1 << 20  # bytes of a text or JSON member
READS = ("path",)


@parameters
class Params(_columns.Said):
    """Which tars, which of their members, and what they are called."""

    path: str  # tar, folder of tars, or pattern such as `train-{0000..0127}.tar`; or a URL
    pictures: tuple[str, ...] = tuple(ending.removeprefix(".") for ending in PICTURES)
    texts: tuple[str, ...] = ("txt",)  # endings of members that are a caption
    classes: tuple[str, ...] = ()  # captions of the classes whose numbers .cls members hold
    audio: _media.Taken = "description"  # what it is: a caption read out, or a sound; false: none
    video: bool = True  # whether clips are taken


class Item(NamedTuple):
    """A sample: its name in tables, its tar, and where its members lie."""

    name: str
    tar: str
    version: str  # of the tar
    place: str  # where the tar is read
    picture: Member
    parts: tuple[tuple[str, Member], ...]  # ending, lower case, and member
    audio: tuple[Member, ...]
    video: tuple[Member, ...]


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every sample with a picture, by tar and in its order; a Refusal for all else in a tar.

    Raises:
        SourceError: there is no such tar.
    """
    listed: list[Item | Refusal] = []
    for tar in located(params.path, ENDINGS):
        try:
            listed += _samples(tar, in_place(tar, spool), params)
        except DataError as error:
            listed.append(Refusal(_name(tar, ""), "broken tar", str(error)))
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture's bytes and what its sample says of it."""
    return next(read_all([item], params))


def read_all(items: Sequence[Item], params: Params) -> Iterator[Found | Refusal]:
    """As `read`, for several items; a tar is opened once for all that follow one another."""
    with Ranges({item.tar: item.place for item in items}) as ranges:
        for item in items:
            yield _read(item, params, ranges)


def _samples(tar: str, place: str, params: Params) -> Iterator[Item | Refusal]:
    """The samples of a tar; members of one sample need not follow one another."""
    groups: dict[str, dict[str, Member]] = {}
    state = version(tar)
    for member in members(place):
        if isinstance(member, Broken):
            yield Refusal(
                _name(tar, member.name), "broken tar", f"{member.name} {member.why}".strip()
            )
            continue
        folder, slash, file = member.name.rpartition("/")
        stem, _, ending = file.partition(".")
        parts = groups.setdefault(folder + slash + stem, {})
        if parts.setdefault(ending.lower(), member) is not member:
            where = f"{_name(tar, member.name)}@{member.offset}"
            yield Refusal(where, "duplicate key", "the tar has an earlier one of this name")
    for key, parts in groups.items():
        picture = next((parts[ending] for ending in params.pictures if ending in parts), None)
        if picture is None:
            detail = f"none of {', '.join(params.pictures)}; there: {', '.join(sorted(parts))}"
            yield Refusal(_name(tar, key), "no picture", detail)
        elif picture.size > params.max_bytes:
            detail = f"{picture.size} bytes, more than {params.max_bytes}"
            yield Refusal(_name(tar, picture.name), "too big", detail)
        else:
            wanted = {*params.texts, "json", "cls"}
            said = tuple((e, m) for e, m in sorted(parts.items()) if e in wanted)
            audio = _of(parts, _media.AUDIO_ENDINGS) if params.audio else ()
            video = _of(parts, _media.VIDEO_ENDINGS) if params.video else ()
            yield Item(_name(tar, picture.name), tar, state, place, picture, said, audio, video)


def _of(parts: Mapping[str, Member], endings: Sequence[str]) -> tuple[Member, ...]:
    """The members of a sample that have some endings."""
    return tuple(filter(None, (parts.get(ending.removeprefix(".")) for ending in endings)))


def _read(item: Item, params: Params, ranges: Ranges) -> Found | Refusal:
    said: list[Caption] = []
    row: dict[str, object] = {}
    for ending, member in item.parts:
        page = _name(item.tar, member.name)
        try:
            if member.size > _LONGEST_TEXT:
                raise DataError(f"{member.size} bytes, more than {_LONGEST_TEXT}")
            text = _columns.decoded(ranges.read(item.tar, *member[1:]), params.encoding)
            if ending == "json":
                value = _columns.parsed(text)
                if not isinstance(value, dict):
                    raise DataError("no JSON object")
                row |= value
                said += _columns.captions(value, params.captions, params, page)
            elif ending == "cls":
                row["cls"] = text.strip()
                said += _class(text.strip(), params, page)
            else:
                said.append(Caption(params.language, text, page, "sidecar"))
        except DataError as error:
            return Refusal(item.name, "unreadable text", f"{member.name}: {error}")
    if not any(caption.text.strip() for caption in said):
        return Refusal(item.name, "no caption", _silent(item, row, params))
    try:
        data = ranges.read(item.tar, *item.picture[1:])
    except DataError as error:
        return Refusal(item.name, "broken tar", str(error))
    audio, video = (
        tuple(_recordings(item, said, params, ranges)),
        tuple(_clips(item, params, ranges)),
    )
    return _columns.found(item.name, data, tuple(said), row, params, audio, video)


def _recordings(
    item: Item, said: list[Caption], params: Params, ranges: Ranges
) -> Iterator[Audio | Refusal]:
    """The audio of a sample."""
    if not params.audio:
        return
    lang = _media.spoken(params.audio, said, params.language)
    for name, offset, size in item.audio:
        url, read = _name(item.tar, name), partial(ranges.read, item.tar, offset, size)
        yield _media.audio(url, size, params.max_bytes, read, params.audio, lang)


def _clips(item: Item, params: Params, ranges: Ranges) -> Iterator[Video | Refusal]:
    """The clips of a sample."""
    for name, offset, size in item.video:
        read = partial(ranges.read, item.tar, offset, size)
        yield _media.video(_name(item.tar, name), size, params.max_bytes, read)


def _class(text: str, params: Params, page: str) -> Iterator[Caption]:
    """A class as a caption, where its number has a name or it is a name itself."""
    names = {str(number): name for number, name in enumerate(params.classes)}
    if name := names.get(text, "" if text.isdecimal() else text):
        yield Caption(params.language, name, page, "class")


def _silent(item: Item, row: dict[str, object], params: Params) -> str:
    """Why a sample has no caption: what it has instead."""
    there = ", ".join(ending for ending, _ in item.parts) or "nothing"
    return f"beside it: {there}" + (f"; {_columns.silent(row, params)}" if row else "")


def _name(tar: str, member: str) -> str:
    """A member's name in tables: the tar's, and its own behind a #."""
    return f"{shown(tar)}#{member}" if member else shown(tar)
