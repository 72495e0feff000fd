"""COCO's captions: a JSON file of images, annotations and licences, and a folder of pictures.

Every annotation with a `caption` is a caption of the image it names; an image's licence comes
from the file's table, as an SPDX identifier where it is a Creative Commons one.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from curate.dataset.errors import DataError, SourceError
from curate.sources import Caption, Found, Refusal, _columns
from curate.sources._paths import around, located, opened, shown
from curate.stage.params import parameters

_CREATIVE_COMMONS = re.compile(r"//creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)")
_PARTS = ("images", "annotations")
_URLS = ("coco_url", "flickr_url", "url")
READS = ("annotations", "pictures")


@parameters
class Params:
    """Which annotations, and where their pictures lie."""

    annotations: str  # a captions JSON file, a folder of them, or a pattern
    pictures: str  # folder that the file names are relative to
    language: str = "en"  # BCP-47
    licence: str | None = None  # of pictures for which the file states none
    max_bytes: int = 20_000_000  # of a picture; larger ones are not read


class Item(NamedTuple):
    """A picture file, its name in tables, and what the annotations say of it."""

    file: Path
    name: str
    captions: tuple[str, ...]
    page: str
    url: str | None
    licence: str | None
    extra: Mapping[str, Any]


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every image with a caption, in the order of the files; a Refusal for all that is left over.

    Raises:
        SourceError: no such file or folder, or a file of another form; says what it has.
    """
    if not Path(params.pictures).is_dir():
        raise SourceError(f"no folder {params.pictures}; {around(params.pictures)}")
    listed: list[Item | Refusal] = []
    for file in located(params.annotations, (".json",)):
        listed += _images(file, params)
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture's bytes and its captions."""
    try:
        size = item.file.stat().st_size
        if size > params.max_bytes:
            return Refusal(item.name, "too big", f"{size} bytes, more than {params.max_bytes}")
        data = item.file.read_bytes()
    except OSError as error:
        return Refusal(item.name, "missing picture", f"{error.strerror}; {item.page} names it")
    said = (Caption(params.language, text, item.page, "annotation") for text in item.captions)
    licence = item.licence or params.licence
    return Found(item.name, data, tuple(said), item.url or item.name, licence, item.extra)


def spdx(licence: Mapping[str, Any]) -> str | None:
    """SPDX identifier of a licence by its URL, else its name, else its URL."""
    url, name = str(licence.get("url") or ""), str(licence.get("name") or "")
    if found := _CREATIVE_COMMONS.search(url):
        return f"CC-{found[1].upper()}-{found[2]}"
    return _columns.whole(name or url) or None


def _images(file: str, params: Params) -> Iterator[Item | Refusal]:
    page = shown(file)
    content = _content(file, page)
    licences = {_id(row, "id"): spdx(row) for row in _objects(content, "licenses")}
    captions: dict[int | str, list[str]] = defaultdict(list)
    for annotation in _objects(content, "annotations"):
        text, number = annotation.get("caption"), _id(annotation, "image_id")
        if number is not None and isinstance(text, str) and text.strip():
            captions[number].append(text)
        else:
            where = f"{page}#annotation {annotation.get('id')}"
            there = _columns.listing(annotation)
            yield Refusal(where, "no caption", f"no image_id with a caption; there: {there}")
    seen: set[int | str] = set()
    for image in _objects(content, "images"):
        number = _id(image, "id")
        where = f"{page}#image {image.get('id')}"
        if number is None or number in seen:
            detail = "an earlier image has this id" if number in seen else "id is no number"
            yield Refusal(where, "duplicate key" if number in seen else "broken row", detail)
            continue
        seen.add(number)
        place, said = _place(image.get("file_name"), where), captions.pop(number, [])
        if isinstance(place, Refusal):
            yield place
        elif not said:
            yield Refusal(where, "no caption", f"no annotation is about {_columns.whole(place)}")
        else:
            licence = licences.get(_id(image, "license"))
            yield _item(image, place, said, page, licence, Path(params.pictures))
    for number, said in captions.items():
        detail = f"no image of this id; {len(said)} captions, e.g. {said[0]!r}"
        yield Refusal(f"{page}#image {number}", "missing picture", _columns.whole(detail))


def _item(
    image: Mapping[str, Any],
    place: str,
    said: list[str],
    page: str,
    licence: str | None,
    folder: Path,
) -> Item:
    urls = (image.get(key) for key in _URLS)
    return Item(
        file=(folder / place).absolute(),
        name=_columns.whole(shown(posixpath.join(folder.as_posix(), place))),
        captions=tuple(said),
        page=page,
        url=next((_columns.whole(url) for url in urls if isinstance(url, str) and url), None),
        licence=licence,
        extra=dict(_columns.scalars(image, ("file_name", "license", "width", "height"))),
    )


def _content(file: str, page: str) -> Mapping[str, Any]:
    """The JSON of an annotations file, after a check of its form."""
    try:
        with opened(file) as raw:
            content = _columns.parsed(_columns.decoded(raw.read(), "utf-8"))
    except (DataError, OSError) as error:
        raise SourceError(f"{page} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise SourceError(f"{page} is no JSON object; COCO's has {', '.join(_PARTS)}")
    for part in _PARTS:
        if not isinstance(content.get(part), list):
            raise SourceError(f"{page} has no list {part!r} (there: {_columns.listing(content)})")
    first = next(_objects(content, "annotations"), None)
    if first is not None and not any("caption" in a for a in _objects(content, "annotations")):
        raise SourceError(
            f"{page} has annotations of {_columns.listing(first)}, but no caption; "
            "captions are in files such as captions_train2017.json"
        )
    return content


def _objects(content: Mapping[str, Any], part: str) -> Iterator[Mapping[str, Any]]:
    """The objects of one of the file's lists."""
    found = content.get(part)
    return (row for row in found if isinstance(row, dict)) if isinstance(found, list) else iter(())


def _id(row: Mapping[str, Any], key: str) -> int | str | None:
    value = row.get(key)
    return value if isinstance(value, int | str) else None


def _place(name: Any, where: str) -> str | Refusal:
    """A file name as a path below the folder of pictures."""
    if not isinstance(name, str) or not name.strip("\0 "):
        return Refusal(where, "missing picture", f"file_name is {name!r}")
    path = posixpath.normpath(name)
    if "\0" in path or path.startswith(("/", "../")) or path in ("..", "."):
        return Refusal(where, "outside the folder", _columns.whole(f"file_name is {name!r}"))
    return path
