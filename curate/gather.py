"""Items of a source to checked pictures: what one worker does with one batch of a crawl."""

import functools
import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from curate import answers, drawings, guard, media, pdq
from curate.blocklist import Blocklist
from curate.dataset import files, memory, pixels, record
from curate.dataset.credentials import redacted
from curate.dataset.errors import DrawingError, ImageError
from curate.drawings import Drawings
from curate.forgotten import Forgotten
from curate.guard import Guard
from curate.media import AudioParams, VideoParams
from curate.packed import Packed
from curate.sources import BLOCKED, UNREADABLE, UNREADABLE_DRAWING, Forbids, Found, Refusal
from curate.sources._texts import clean
from curate.stage import heap, plugin
from curate.stage.params import as_dict

if TYPE_CHECKING:
    from curate.resize import Resize


@dataclass(frozen=True)
class Batch:
    """Some items of one source."""

    source: str  # its name under crawl.sources
    kind: str  # its file in curate/sources
    params: Any  # its Params
    items: Packed[Any]
    path: files.Place  # table that takes the answers; the blob lies beside it
    fetched: bool = False  # whether its items are asked of hosts


@dataclass(frozen=True)
class Checks:
    """What a picture must be, whatever its source."""

    max_pixels: int  # width x height
    max_bytes: int  # of an encoded picture
    blocklist: Blocklist
    guard: Guard
    resize: "Resize | None" = None  # None: kept as fetched
    svg: Drawings = field(default_factory=Drawings)  # how drawings become pictures
    audio: AudioParams = field(default_factory=AudioParams)  # of what lies beside a picture
    video: VideoParams = field(default_factory=VideoParams)
    forgotten: Forgotten = field(default_factory=Forgotten)  # what is never taken

    def as_dict(self) -> dict[str, Any]:
        """All that decides, fit for JSON; what is forgotten is taken out of known answers, too."""
        return {
            "max_pixels": self.max_pixels,
            "max_bytes": self.max_bytes,
            "blocklist": self.blocklist.fingerprint,
            "guard": as_dict(self.guard) | {"model": guard.fingerprint(self.guard), "reads": None},
            "resize": as_dict(self.resize) if self.resize else None,
            "svg": as_dict(self.svg),
            "audio": as_dict(self.audio),
            "video": as_dict(self.video),
        }

    @property
    def forbids_files(self) -> Forbids:
        """What must not be kept of files that are no pictures."""
        return Forbids(self.blocklist.by_bytes, self.blocklist.fingerprint)

    @property
    def forbids_pictures(self) -> Forbids:
        """What must not be kept of pictures."""
        seen = (self.blocklist.fingerprint, self.max_pixels, as_dict(self.svg))
        return Forbids(self.forbids, memory.fingerprint(*seen))

    def forbids(self, data: bytes, sha256: str) -> str | None:
        """The entry of the blocklist that a file is, None where it is on none.

        Args:
            data: the file.
            sha256: of the file, in hexadecimal digits.

        Raises:
            ImageError: it is to be looked at, and cannot be.
        """
        entry = self.blocklist.by_bytes(data, sha256)
        if entry or not (self.blocklist.perceptual or self.blocklist.pdq):
            return entry
        shown = drawings.picture(data, self.svg)
        return self.forbids_sight(shown, lambda: guard.phash(shown, self.max_pixels))

    def forbids_sight(self, data: bytes, looks: Callable[[], int]) -> str | None:
        """The entry that a picture looks like, None where it looks like none.

        Args:
            data: the picture's file.
            looks: gives its perceptual hash.

        Raises:
            ImageError: it is to be looked at, and cannot be.
        """
        if self.blocklist.perceptual and (entry := self.blocklist.by_looks(looks())):
            return entry
        if self.blocklist.pdq:
            return self.blocklist.by_pdq(*pdq.hashed(data, self.max_pixels))
        return None


class Refused(Exception):  # noqa: N818
    """A find that cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def gather(batch: Batch, checks: Checks, again: Sequence[str]) -> None:
    """Read a batch's items, check their pictures and captions, write table and blob.

    A batch that is there already is left as it is, but for items to be asked for again.

    Args:
        batch: what to read.
        checks: what pictures must be.
        again: patterns of the reasons for which an item that was refused is read again.
    """
    known = answers.whole(batch.path)
    items = list(batch.items)
    rows: list[dict[str, Any]] = [{}] * len(items)
    wanted = list(range(len(items)))
    if known is not None:
        found = [answers.filled(row) for row in known.to_pylist()]
        rows = [checks.forgotten.strip(row) for row in found]
        wanted = [i for i in wanted if _matches(rows[i].get("reason"), again)]
        if not wanted and rows == found:
            return
    # a name of its own: who works on the same batch, for a driver that was killed, takes another
    blob_place = batch.path.with_suffix(f".{uuid.uuid4().hex[:8]}.blob")
    with answers.Blob(blob_place) as blob:
        for place, answer in _answers(batch, [items[i] for i in wanted], checks):
            row = checks.forgotten.strip(_row(answer, checks, blob))
            rows[wanted[place]] = _without_credentials(row)
    answers.write(rows, batch.path)
    heap.trim()  # what pictures took; a worker waits with it while others end and tars are made


def _without_credentials(value: Any) -> Any:
    """A row whose URLs tell no credentials; captions stay as they are."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        return [_without_credentials(one) for one in value]
    if isinstance(value, dict):
        named = ((n, v if n == "caption" else _without_credentials(v)) for n, v in value.items())
        return dict(named)
    return value


def _matches(reason: str | None, patterns: Sequence[str]) -> bool:
    return reason is not None and any(fnmatchcase(reason, pattern) for pattern in patterns)


def _answers(
    batch: Batch, items: Sequence[Any], checks: Checks
) -> Iterator[tuple[int, Found | Refusal]]:
    """What a source says of items, each with the item's place, every one once.

    Raises:
        RuntimeError: the source's file does not answer for each item once.
    """
    kind = plugin.load("curate.sources", batch.kind)
    asked = [i for i, item in enumerate(items) if not isinstance(item, Refusal)]
    yield from ((i, item) for i, item in enumerate(items) if isinstance(item, Refusal))
    if not hasattr(kind, "read_all"):
        yield from ((i, kind.read(items[i], batch.params)) for i in asked)
        return
    open_places = set(range(len(asked)))
    keeps = (checks.forbids_pictures,) if hasattr(kind, "forget") else ()
    found = kind.read_all([items[i] for i in asked], batch.params, *keeps)
    for count, answer in enumerate(found):
        place = count if answer.place is None else answer.place
        if place not in open_places:
            raise RuntimeError(f"{batch.kind}.read_all answers twice for item {place}")
        open_places.remove(place)
        yield asked[place], answer
    if open_places:
        raise RuntimeError(f"{batch.kind}.read_all leaves {len(open_places)} items unanswered")


def _row(answer: Found | Refusal, checks: Checks, blob: answers.Blob) -> dict[str, Any]:
    """The row of an answer; a picture that can be used goes into the blob."""
    row: dict[str, Any] = {"item": answer.item}
    if answer.fetch is not None:
        row |= dict(zip(("final_url", "status", "started", "seconds"), answer.fetch, strict=True))
    if isinstance(answer, Refusal):
        row |= {"reason": answer.reason, "detail": answer.detail}
        return row | {"sha256": answer.sha256, "bytes": answer.size}
    row |= {"url": answer.url, "licence": answer.licence}
    row |= {"sha256": hashlib.sha256(answer.data).hexdigest(), "bytes": len(answer.data)}
    try:
        checked, stored = check(answer, row["sha256"], checks)
    except Refused as problem:
        evidence = {"content": problem.detail} if problem.reason == guard.REPLACED else {}
        return row | {"reason": problem.reason, "detail": problem.detail} | evidence
    extra = {f"{answers.EXTRA}{name}": value for name, value in answer.extra.items()}
    row |= checked | extra | blob.add(stored)
    for medium in media.MEDIA:
        if there := getattr(answer, medium.name):
            params, said = getattr(checks, medium.name), row["captions"]
            row[medium.name] = media.checked(medium, there, said, params, checks.blocklist, blob)
    return row


def check(found: Found, sha256: str, checks: Checks) -> tuple[dict[str, Any], bytes]:
    """Columns of a picture that can be used, and the bytes to be stored.

    Args:
        found: the picture.
        sha256: of its bytes, in hexadecimal digits.
        checks: what it must be.

    Raises:
        Refused: it cannot be used.
    """
    data = found.data
    if len(data) > checks.max_bytes:
        raise Refused("too big", f"{len(data)} bytes, more than {checks.max_bytes}")
    texts = [(caption, clean(caption.text)) for caption in found.captions]
    if not any(text for _, text in texts):
        raise Refused("no caption", "its captions are empty")
    if entry := checks.blocklist.by_bytes(data, sha256):
        raise Refused(BLOCKED, entry)
    row: dict[str, Any] = {}
    try:
        data = drawings.picture(data, checks.svg)
        looks = functools.cache(lambda: guard.phash(data, checks.max_pixels))
        if found.expected is not None and any(found.expected):
            said = [text for _, text in texts if text]
            fits = functools.partial(guard.fit, data, said, checks.guard, checks.max_pixels)
            same, row["content"] = guard.verdict(found, sha256, looks, fits, checks.guard)
            if not same:
                raise Refused(guard.REPLACED, row["content"])
        if entry := checks.forbids_sight(data, looks):
            raise Refused(BLOCKED, entry)
        stored = data
        if checks.resize is None:
            extension, width, height = pixels.probe(data, checks.max_pixels)
        else:
            from curate.resize import resized  # OpenCV, which most crawls do without

            stored, extension, width, height = resized(data, checks.resize, checks.max_pixels)
        as_found = stored is found.data
        row["image"] = record.image_named(sha256) if as_found else record.image_name(stored)
    except DrawingError as error:
        raise Refused(UNREADABLE_DRAWING, str(error)) from error
    except ImageError as error:
        raise Refused(UNREADABLE, str(error)) from error
    row |= {"extension": extension, "width": width, "height": height}
    row["captions"] = [
        {
            "uid": record.pair_uid(row["image"], caption.lang, text),
            "lang": caption.lang,
            "caption": text,
            "page": caption.page,
            "origin": caption.origin,
        }
        for caption, text in texts
        if text
    ]
    return row, stored
