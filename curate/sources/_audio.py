"""Audio files beside pictures: which endings they have, what language they are in, their bytes."""

from collections.abc import Callable, Iterable
from typing import Literal

from curate.dataset.errors import DataError
from curate.sources import Audio, Caption, Refusal

ENDINGS = (".ogg", ".oga", ".opus", ".wav", ".flac", ".mp3")
TOO_BIG, BLOCKED, UNREADABLE = "audio too big", "audio blocked", "unreadable audio"
REASONS = (TOO_BIG, BLOCKED, UNREADABLE)  # for which audio is refused; its picture is not
Kind = Literal["description", "sound"]  # of `curate.sources.Audio`
Taken = Literal[
    "description", "sound", False
]  # what all of a source's audio is; False: none is taken


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


def taken(
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
    if size > max_bytes:
        return Refusal(url, TOO_BIG, f"{size} bytes, more than {max_bytes}")
    try:
        return Audio(read(), kind, lang, url)
    except (DataError, OSError) as error:
        return Refusal(url, UNREADABLE, str(error))
