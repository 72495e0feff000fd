"""Audio and clips beside pictures: which endings they have, what is spoken, their bytes."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from curate.dataset.errors import DataError
from curate.sources import Audio, Caption, Refusal, Video

AUDIO_ENDINGS = (".ogg", ".oga", ".opus", ".wav", ".flac", ".mp3")
VIDEO_ENDINGS = (".mp4", ".m4v", ".webm", ".apng")  # that no picture has
Kind = Literal["description", "sound"]  # of `curate.sources.Audio`
Taken = Literal[
    "description", "sound", False
]  # what all of a source's audio is; False: none is taken


class Reasons(NamedTuple):
    """For which a file beside a picture is refused; its picture is not."""

    too_big: str
    blocked: str
    unreadable: str


AUDIO = Reasons("audio too big", "audio blocked", "unreadable audio")
VIDEO = Reasons("video too big", "video blocked", "unreadable video")
STILL = "no motion"  # a picture where a clip is wanted
REASONS = (*AUDIO, *VIDEO, STILL)


def spoken(kind: Kind, said: Iterable[Caption], language: str) -> str | None:
    """BCP-47 tag of what audio speaks beside captions.

    Args:
        kind: of the audio; a sound speaks nothing.
        said: captions; where all are in one language, so is the audio.
        language: of captions that state none.
    """
    if kind == "sound":
        return None
    stated = {caption.lang for caption in said}
    return stated.pop() if len(stated) == 1 else language


def audio(
    url: str, size: int, max_bytes: int, read: Callable[[], bytes], kind: Kind, lang: str | None
) -> Audio | Refusal:
    """Audio with its bytes, or why it has none.

    Args:
        url: its name in tables.
        size: bytes; of more than `max_bytes` none is read.
        max_bytes: limit of `size`.
        read: gives its bytes.
        kind: what it is.
        lang: BCP-47 tag of what it speaks.
    """
    data = _read(url, size, max_bytes, read, AUDIO)
    return data if isinstance(data, Refusal) else Audio(data, kind, lang, url)


def video(url: str, size: int, max_bytes: int, read: Callable[[], bytes]) -> Video | Refusal:
    """A clip with its bytes, or why it has none; otherwise as `audio`."""
    data = _read(url, size, max_bytes, read, VIDEO)
    return data if isinstance(data, Refusal) else Video(data, url)


def _read(
    url: str, size: int, max_bytes: int, read: Callable[[], bytes], reasons: Reasons
) -> bytes | Refusal:
    if size > max_bytes:
        return Refusal(url, reasons.too_big, f"{size} bytes, more than {max_bytes}")
    try:
        return read()
    except (DataError, OSError) as error:
        return Refusal(url, reasons.unreadable, str(error))
