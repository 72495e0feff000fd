"""Encoded audio in; its format, length, rate and channels out, where all of it can be decoded.

What a file is, is told by its bytes, never by a name. libsndfile (through `soundfile`) decodes;
since it takes a WAV or Ogg file that was cut short for a shorter one, their containers are looked
through first. A hostile file costs bounded time and memory: what its header asks for is compared
with the limits before anything is decoded, and decoding goes block by block.
"""

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import soundfile

from curate.dataset.errors import AudioError

MAX_SECONDS = 600.0  # of audio; read from the header before anything is decoded
_EXTENSIONS = {
    ("OGG", "VORBIS"): "ogg",
    ("OGG", "OPUS"): "opus",
    ("WAV", None): "wav",
    ("WAVEX", None): "wav",  # with an extensible header
    ("FLAC", None): "flac",
    ("MP3", None): "mp3",
}
_MAX_RATE, _MAX_CHANNELS = 192_000, 8  # Hz; of any recording that is sold or sent
_BLOCK = 1 << 20  # values, of all channels together, that are decoded at a time
_UNKNOWN = 1 << 40  # frames; more is libsndfile's way to say that a header names no number
_STREAMED = 0xFFFFFFFF  # bytes that a WAV's header names where it was written to a pipe
_TAIL = 2048  # bytes behind the last frame of an MP3 that are tags
_PAGE, _LAST = 27, 4  # bytes of an Ogg page's header; its flag of a stream's end
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Sound(NamedTuple):
    """What is known of an audio file: `extension` by its content, `rate` in Hz."""

    extension: str
    seconds: float
    rate: int
    channels: int


def probe(data: bytes, max_seconds: float = MAX_SECONDS) -> Sound:
    """Format, length, rate and channels of audio.

    The whole of it is decoded once, so a truncated file is found here and not in training; but an
    MP3 that does not count its frames is as long as it decodes to.

    Raises:
        AudioError: the bytes are no audio of a known format, are truncated or corrupt, or ask for
            more than `max_seconds`, 192 kHz or 8 channels.
    """
    if data[:4] == b"OggS":
        _check_ogg(data)
    elif data[:4] == b"RIFF":
        _check_wav(data)
    elif not data.startswith((b"fLaC", b"ID3")) and not _is_mpeg(data):
        raise AudioError(f"{len(data)} bytes that are no FLAC, MP3, Ogg or WAV")
    stream = io.BytesIO(data)
    with _refusing(), soundfile.SoundFile(stream) as file:
        extension = _checked(file, max_seconds)
        decoded = sum(_blocks(file))
        guessed = extension == "mp3" and not _counts_frames(data)
        if not decoded or (decoded != file.frames and not guessed):
            raise AudioError(f"truncated or corrupt: {decoded} of {file.frames} samples")
        if guessed and (left := len(data) - stream.tell()) > _TAIL:
            raise AudioError(f"{left} bytes stay unread, since no header counts its frames")
        return Sound(extension, decoded / file.samplerate, file.samplerate, file.channels)


def samples(data: bytes) -> tuple[np.ndarray, int]:
    """All samples of audio that `probe` takes, and their rate.

    Returns:
        `(T, C)` float32 in [-1, 1]; Hz.

    Raises:
        AudioError: the bytes cannot be decoded.
    """
    with _refusing():
        found: tuple[np.ndarray, int] = soundfile.read(
            io.BytesIO(data), dtype="float32", always_2d=True
        )
    return found


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Make libsndfile's errors an AudioError."""
    try:
        yield
    except soundfile.LibsndfileError as error:  # its text holds an address in memory
        raise AudioError(f"truncated or corrupt: {error.error_string.strip()}") from error
    except soundfile.SoundFileRuntimeError as error:
        raise AudioError(f"truncated or corrupt: {error}") from error


def _checked(file: soundfile.SoundFile, max_seconds: float) -> str:
    """A file's extension, if its header asks for no more than is allowed."""
    kind, subtype, rate, channels = file.format, file.subtype, file.samplerate, file.channels
    extension = _EXTENSIONS.get((kind, subtype)) or _EXTENSIONS.get((kind, None))
    if extension is None:
        raise AudioError(f"{kind} with {subtype} is none of FLAC, MP3, Opus, Vorbis and WAV")
    if not 0 < rate <= _MAX_RATE or not 0 < channels <= _MAX_CHANNELS:
        limits = f"{_MAX_RATE} Hz or {_MAX_CHANNELS} channels"
        raise AudioError(f"{rate} Hz and {channels} channels; more than {limits} is no recording")
    if file.frames >= _UNKNOWN:
        raise AudioError("its header names no length; encode it to a file, not to a pipe")
    if file.frames > max_seconds * rate:
        raise AudioError(f"{file.frames / rate:.1f} s are more than {max_seconds:g} s")
    return extension


def _blocks(file: soundfile.SoundFile) -> Iterator[int]:
    """Decode a file into one buffer, again and again; gives the samples of each turn."""
    most = max(1, min(_BLOCK // file.channels, file.frames))
    buffer = np.empty((most, file.channels), np.int16)
    while got := len(file.read(out=buffer)):
        yield got


def _is_mpeg(data: bytes) -> bool:
    """Whether bytes begin like a frame of MPEG audio, layer III."""
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2


def _counts_frames(data: bytes) -> bool:
    """Whether an MP3's first frame counts the others; else libsndfile guesses from its rate."""
    at = 0
    if data[:3] == b"ID3":  # whose length has 7 bits a byte
        at = 10 + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data[9:5:-1]))
    first = data[at : at + 64]
    name = max(first.find(b"Xing"), first.find(b"Info"))
    return 0 <= name < len(first) - 7 and bool(first[name + 7] & 1)


def _check_wav(data: bytes) -> None:
    """See that a WAV's samples are as many as its header says.

    Raises:
        AudioError: it is no WAV, has no samples, or was cut off.
    """
    at = 12
    while data[8:12] == b"WAVE" and at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            if size != _STREAMED and at + 8 + size > len(data):
                raise AudioError(f"truncated: {len(data) - at - 8} of {size} bytes of samples")
            return
        at += 8 + size + size % 2
    raise AudioError(f"{len(data)} bytes that begin like WAV and hold no samples")


def _check_ogg(data: bytes) -> None:
    """See that an Ogg file's pages are all there and undamaged (RFC 3533).

    Raises:
        AudioError: says where a page is damaged or missing.
    """
    at, flags = 0, 0
    follows: dict[int, int] = {}  # stream -> number of its next page
    while at < len(data):
        header = data[at : at + _PAGE]
        if len(header) < _PAGE or header[:5] != b"OggS\0":
            raise AudioError(f"corrupt: no Ogg page at byte {at}")
        flags, stream, number, crc = struct.unpack("<5xB8xIII", header[:26])
        lengths = data[at + _PAGE : at + _PAGE + header[26]]
        end = at + _PAGE + header[26] + sum(lengths)
        if end > len(data):
            raise AudioError(f"truncated: the Ogg page at byte {at} ends at {end} of {len(data)}")
        if _ogg_crc(header[:22] + bytes(4) + data[at + 26 : end]) != crc:
            raise AudioError(f"corrupt: the Ogg page at byte {at} has another checksum")
        if follows.get(stream, number) != number:
            raise AudioError(f"corrupt: Ogg pages are missing before byte {at}")
        follows[stream] = number + 1
        at = end
    if not flags & _LAST:
        raise AudioError("truncated: its last Ogg page is not the last of the stream")


def _ogg_crc(page: bytes) -> int:
    """Ogg's checksum: zlib's polynomial with the bits the other way round, nothing inverted."""
    value = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
