"""What web archives were found to hold in; each picture with all that pages say of it, out.

Redirects and repetitions are followed across archives. What asks not to be used is refused, with
what it says, and so is each picture that a page shows and no archive holds.
"""

import hashlib
import itertools
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources import Caption, Refusal
from curate.sources._paths import shown, version
from curate.sources._web import links
from curate.sources._web.links import short

CAPTIONS = pa.schema([(name, pa.string()) for name in ("picture", "licence", *Caption._fields)])
_ABSENT = pa.schema([("url", pa.string()), ("page", pa.string())])
_AT_ONCE = 10_000  # captions in memory
_MOST_HOPS = 5  # redirects from the URL on a page to a picture


class Item(NamedTuple):
    """An archived picture: where it is, and what pages say of it."""

    url: str
    archive: str
    offset: int  # bytes from the archive's start
    captions: tuple[Caption, ...]
    licence: str | None  # as a page states it
    version: str  # of the archive


@dataclass
class Scan:
    """What one archive holds; the captions on its pages are in a file of their own."""

    archive: str
    captions: Path
    pictures: list[tuple[str, int]] = field(default_factory=list)  # URL, offset
    same: dict[str, str] = field(default_factory=dict)  # URL -> the URL that has its content
    refused: list[Refusal] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)  # keys of URLs whose own answer opts out
    against: dict[str, str] = field(default_factory=dict)  # picture's key -> what a page says
    pages: int = 0


def joined(scans: Sequence[Scan]) -> tuple[list[Item | Refusal], Iterator[pa.Table]]:
    """Pictures with what all archives say of them; those that no archive holds."""
    pictures: dict[str, tuple[str, str, int]] = {}
    refused = [refusal for found in scans for refusal in found.refused]
    for found in scans:
        for url, offset in found.pictures:
            place = (url, found.archive, offset)
            if pictures.setdefault(links.key(url), place) is not place:
                where = f"{shown(found.archive)}@{offset}"
                refused.append(Refusal(where, "duplicate", f"{short(url)} was captured before"))
    same = {links.key(a): links.key(b) for found in scans for a, b in found.same.items()}
    closed = {key for found in scans for key in found.closed}
    ways = {key: target for key, target in same.items() if key not in closed}
    pictures = {key: place for key, place in pictures.items() if key not in closed}
    captions: dict[str, dict[tuple[str, str], Caption]] = {key: {} for key in pictures}
    licences: dict[str, str] = {}
    for found in scans:
        for url, licence, caption in _captions(found.captions):
            key = _resolved(links.key(url), ways, captions)
            if key is not None:
                captions[key].setdefault(caption[:2], caption)
                if licence:
                    licences.setdefault(key, licence)
    stated = [entry for found in scans for entry in found.against.items()]
    against = {_resolved(key, same, captions): said for key, said in stated}
    listed: list[Item | Refusal] = []
    versions = {found.archive: version(found.archive) for found in scans}
    for key, place in pictures.items():
        if key in against:
            refused.append(Refusal(short(place[0]), "opted out", against[key]))
        elif said := tuple(captions[key].values()):
            listed.append(Item(*place, said, licences.get(key), versions[place[1]]))
        else:
            detail = "no archived page says anything of it"
            refused.append(Refusal(short(place[0]), "no caption", detail))
    accounted = {_digest(refusal.item) for refusal in refused}
    return [*listed, *refused], _absent(scans, ways, captions, accounted)


def _absent(
    scans: Sequence[Scan], same: Mapping[str, str], held: Container[str], seen: set[bytes]
) -> Iterator[pa.Table]:
    """Pictures that pages show and no archive holds, each once, and the first page with each.

    Args:
        scans: of all archives.
        same: key of a URL -> key of the one that it leads to.
        held: keys of pictures that archives hold.
        seen: digests of URLs that need no row; those of what gets one are added.
    """
    for found in scans:
        said = iter(_captions(found.captions))
        while some := list(itertools.islice(said, _AT_ONCE)):
            rows = []
            for url, _, caption in some:
                digest = _digest(url)
                if digest not in seen and _resolved(links.key(url), same, held) is None:
                    seen.add(digest)
                    rows.append({"url": short(url), "page": caption.page})
            if rows:
                yield pa.Table.from_pylist(rows, _ABSENT)


def _captions(file: Path) -> Iterator[tuple[str, str | None, Caption]]:
    """(picture, its licence, caption) of each row of a scan's file, some in memory at a time."""
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(_AT_ONCE, use_threads=False):
            columns = (column.to_pylist() for column in batch.columns)
            for url, licence, *caption in zip(*columns, strict=True):
                yield url, licence, Caption(*caption)


def _resolved(key: str, same: Mapping[str, str], known: Container[str]) -> str | None:
    """The key of the picture that a URL leads to, if the archives hold it."""
    for _ in range(_MOST_HOPS + 1):
        if key in known:
            return key
        if key not in same:
            return None
        key = same[key]
    return None


def _digest(url: str) -> bytes:
    """What is kept in memory of a URL that has its row: 16 bytes, of its name in tables."""
    return hashlib.blake2b(links.key(short(url)).encode(), digest_size=16).digest()
