"""What was found beside pictures, audio and clips, in; what of it can be used, checked, out.

What is wrong with it never harms its picture. Where a spoken description has one caption in its
language, the two are joined by the pair's uid. What is kept becomes tables, see `curate.beside`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curate import answers
from curate.blocklist import Blocklist
from curate.dataset import record
from curate.dataset.errors import DataError, StillError
from curate.sources import Audio, Refusal, Video, _media
from curate.stage.params import parameters


@parameters
class AudioParams:
    """What audio beside a picture may be."""

    max_seconds: float = 600.0  # its length
    max_bytes: int = 20_000_000  # of an encoded file


@parameters
class VideoParams:
    """What a clip beside a picture may be."""

    max_seconds: float = 60.0  # its length
    max_bytes: int = 20_000_000  # of an encoded file
    max_frames: int = 3600
    max_pixels: int = 1_000_000_000  # of all its frames together


def _heard(one: Audio, params: AudioParams) -> dict[str, Any]:
    from curate.dataset import sounds  # libsndfile, which most crawls do without

    said = {"kind": one.kind, "lang": one.lang}
    return said | sounds.probe(one.data, params.max_seconds)._asdict()


def _seen(one: Video, params: VideoParams) -> dict[str, Any]:
    from curate.dataset import clips  # readers, which most crawls do without

    limits = params.max_seconds, params.max_frames, params.max_pixels
    return clips.probe(one.data, *limits)._asdict()


@dataclass(frozen=True)
class Medium:
    """What may lie beside a picture."""

    name: str  # its field of `Found`, its column of answers and tables, its folder of tars
    file: str  # its table, of a set that has some
    schema: pa.Schema  # of the table
    key: tuple[str, ...]  # of the table: one row for each
    reasons: _media.Reasons  # for which it is refused
    probe: Callable[[Any, Any], dict[str, Any]]  # (one, its params) -> columns; else DataError

    @property
    def speaks(self) -> bool:
        """Whether it may speak a caption."""
        return "uid" in self.key


AUDIO = Medium(
    name="audio",
    file=record.AUDIO_FILE,
    schema=record.AUDIO,
    key=("audio", "image", "kind", "lang", "uid"),
    reasons=_media.AUDIO,
    probe=_heard,
)
VIDEO = Medium(
    name="video",
    file=record.VIDEO_FILE,
    schema=record.VIDEO,
    key=("video", "image"),
    reasons=_media.VIDEO,
    probe=_seen,
)
MEDIA = (AUDIO, VIDEO)


def checked(
    medium: Medium,
    beside: Sequence[Any],
    captions: Sequence[Mapping[str, Any]],
    params: Any,
    blocklist: Blocklist,
    blob: answers.Blob,
) -> list[dict[str, Any]]:
    """What of a medium beside a picture can be used, stored in a blob, and why the rest cannot.

    Args:
        medium: what it is.
        beside: as `Found` has it.
        captions: of the picture, as `answers.CAPTION`.
        params: what it may be.
        blocklist: files that must not be taken.
        blob: takes the bytes.

    Returns:
        Rows of the medium's struct in `answers`.
    """
    rows = [_row(medium, one, params, blocklist, blob) for one in beside]
    if not medium.speaks:
        return rows
    uids: dict[str, list[str]] = {}
    for caption in captions:
        uids.setdefault(caption["lang"], []).append(caption["uid"])
    for row in rows:
        spoken = uids.get(row.get("lang") or "", []) if row.get("kind") == "description" else []
        row["uid"] = spoken[0] if len(spoken) == 1 else None
    return rows


def _row(
    medium: Medium, one: Any, params: Any, blocklist: Blocklist, blob: answers.Blob
) -> dict[str, Any]:
    if isinstance(one, Refusal):
        return {"url": one.item, "reason": one.reason, "detail": one.detail}
    row: dict[str, Any] = {"url": one.url}
    sha256 = hashlib.sha256(one.data).hexdigest()
    if len(one.data) > params.max_bytes:
        detail = f"{len(one.data)} bytes, more than {params.max_bytes}"
        return row | {"reason": medium.reasons.too_big, "detail": detail}
    if entry := blocklist.by_bytes(one.data, sha256):
        return row | {"reason": medium.reasons.blocked, "detail": entry}
    try:
        found = medium.probe(one, params)
    except StillError as error:
        return row | {"reason": _media.STILL, "detail": str(error)}
    except DataError as error:
        return row | {"reason": medium.reasons.unreadable, "detail": str(error)}
    return row | {medium.name: record.image_named(sha256)} | found | blob.add(one.data)
