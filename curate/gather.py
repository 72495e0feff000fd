"""Items of a source to checked pictures: what one worker does with one batch of a crawl."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from curate.dataset import pixels, record
from curate.dataset.errors import ImageError
from curate.sources import Found, Refusal
from curate.sources._texts import clean
from curate.stage import plugin


@dataclass(frozen=True)
class Batch:
    """Some items of one source."""

    source: str  # its name under crawl.sources
    kind: str  # its file in curate/sources
    params: Any  # its Params
    items: Sequence[Any]
    blob: Path  # file that takes the pictures' bytes, one after the other


class Picture(NamedTuple):
    """A checked picture and where its bytes wait."""

    image: str  # record.image_name
    extension: str
    width: int  # pixels, after EXIF rotation
    height: int  # pixels, after EXIF rotation
    blob: Path
    offset: int  # bytes
    size: int  # bytes


@dataclass
class Gathered:
    """What a batch gave, in the order of its items."""

    source: str
    found: list[tuple[str, Picture, list[dict[str, Any]]]] = field(default_factory=list)
    """Name of the item, its picture, and of each pair the columns that its source knows."""
    refused: list[Refusal] = field(default_factory=list)


def gather(batch: Batch, max_pixels: int, max_bytes: int) -> Gathered:
    """Read a batch's items, check their pictures and captions, keep the bytes in its blob.

    Args:
        batch: what to read.
        max_pixels: width x height that a picture may have.
        max_bytes: that an encoded picture may have.
    """
    read = plugin.load("curate.sources", batch.kind).read
    gathered = Gathered(batch.source)
    with batch.blob.open("wb") as blob:
        for item in batch.items:
            found = item if isinstance(item, Refusal) else read(item, batch.params)
            if isinstance(found, Found):
                checked = check(found, max_pixels, max_bytes)
                if not isinstance(checked, Refusal):
                    form, rows = checked
                    name, place = record.image_name(found.data), blob.tell()
                    picture = Picture(name, *form, batch.blob, place, blob.write(found.data))
                    gathered.found.append((found.item, picture, rows))
                    continue
                found = checked
            gathered.refused.append(found)
    return gathered


def check(
    found: Found, max_pixels: int, max_bytes: int
) -> tuple[tuple[str, int, int], list[dict[str, Any]]] | Refusal:
    """(Extension, width, height) and pairs of what a source found, or why it cannot be used."""
    if len(found.data) > max_bytes:
        return Refusal(found.item, "too big", f"{len(found.data)} bytes, more than {max_bytes}")
    rows = list(_rows(found))
    if not rows:
        return Refusal(found.item, "no caption", "its captions are empty")
    try:
        return pixels.probe(found.data, max_pixels), rows
    except ImageError as error:
        return Refusal(found.item, "unreadable picture", str(error))


def _rows(found: Found) -> Iterator[dict[str, Any]]:
    """The columns of a pair that its source knows; each language and text once."""
    image, seen = record.image_name(found.data), set()
    for caption in found.captions:
        text = clean(caption.text)
        uid = record.pair_uid(image, caption.lang, text)
        if text and uid not in seen:
            seen.add(uid)
            yield {
                "uid": uid,
                "image": image,
                "caption": text,
                "lang": caption.lang,
                "url": found.url,
                "page": caption.page,
                "licence": found.licence,
            }
