"""A film's bytes in, its frames out: MP4 and WebM, by FFmpeg through `av` (PyAV), an extra.

Sound is left out. A file names its codec, and only those listed here are run; a file that would
have others opened, or addresses asked, opens none.
"""

import io
from collections.abc import Iterator
from typing import Any

from curate.dataset import pixels
from curate.dataset.errors import VideoError
from curate.dataset.frames import Frame, Limits

CODECS = ("av1", "h264", "hevc", "libdav1d", "mpeg4", "vp8", "vp9", "libvpx", "libvpx-vp9")
_MATROSKA = bytes.fromhex("1a45dfa3")  # EBML, of which WebM is made
_SEGMENT = bytes.fromhex("18538067")
_STILL = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_DAMAGED = "truncated or corrupt"


def kind(data: bytes) -> str | None:
    """Extension of a film by its bytes, mp4 or webm; None where they are none."""
    if data[:4] == _MATROSKA:
        return "webm"
    return "mp4" if data[4:8] == b"ftyp" and data[8:12] not in _STILL else None


def frames(data: bytes, limits: Limits) -> tuple[str, Iterator[Frame]]:
    """Extension and frames of a film; each is decoded when it is asked for, on one thread.

    A frame is shown until the next one, the last for as long as the file says.

    Raises:
        VideoError: no film that can be read, or one whose header asks for more than is allowed; or
            `av` is not installed.
    """
    extension = kind(data)
    if extension is None:
        raise VideoError(f"{len(data)} bytes that are neither MP4 nor WebM")
    _check_segment(data) if extension == "webm" else _check_boxes(data)
    try:
        import av
    except ImportError as error:
        raise VideoError(
            "MP4 and WebM are read where av is installed (pip install 'pairwright[video]')"
        ) from error
    return extension, _decoded(av, data, {"mp4": "mov", "webm": "matroska"}[extension], limits)


def _decoded(av: Any, data: bytes, form: str, limits: Limits) -> Iterator[Frame]:
    options = {"codec_whitelist": ",".join(CODECS), "protocol_whitelist": ""}
    try:
        source = io.BytesIO(data)
        with av.open(source, format=form, options=options, metadata_errors="replace") as film:
            if not film.streams.video:
                raise VideoError("it has no pictures, only sound")
            stream = film.streams.video[0]
            codec = stream.codec_context
            if codec is None or codec.name not in CODECS:
                found = codec.name if codec else "something unknown"
                raise VideoError(f"it is coded in {found}, none of {', '.join(CODECS)}")
            limits.check(max(1, stream.frames), (codec.width, codec.height))
            if codec.width * codec.height > pixels.MAX_PIXELS:
                raise VideoError(f"{codec.width} x {codec.height} is more than any film has")
            codec.thread_count = 1
            codec.options = {
                "err_detect": "explode",
                "max_pixels": str(pixels.MAX_PIXELS),
            }
            count = 0
            for frame in _timed(film.decode(stream)):
                count += 1
                yield frame
            if not count or count < stream.frames:
                raise VideoError(f"{_DAMAGED}: {count} of {stream.frames} frames")
    except VideoError:
        raise
    except Exception as error:  # FFmpeg's own, and those of texts and numbers that make no sense
        said = getattr(error, "strerror", None) or type(error).__name__
        raise VideoError(f"{_DAMAGED}: {said}") from error


def _timed(decoded: Iterator[Any]) -> Iterator[Frame]:
    """Frames with the seconds until the next one."""
    before: Any = None
    for frame in decoded:
        if frame.pts is None or frame.is_corrupt:
            raise VideoError(f"{_DAMAGED}: a frame without a time, or with pixels missing")
        if before is not None:
            yield _frame(before, float((frame.pts - before.pts) * frame.time_base))
        before = frame
    if before is not None:
        yield _frame(before, float((before.duration or 0) * before.time_base))


def _frame(frame: Any, seconds: float) -> Frame:
    turns = round(-frame.rotation / 90) % 4
    size = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    code = {0: 1, 1: 6, 2: 3, 3: 8}[turns]  # of EXIF
    return Frame(seconds, size, lambda: pixels.upright(frame.to_image(), code))


def _check_segment(data: bytes) -> None:
    """See that a WebM's one segment is all there (RFC 8794, RFC 9559).

    Raises:
        VideoError: it was cut off, or names no length, as where it was written to a pipe.
    """
    length, at = _number(data, 4)
    at += length
    size, begin = _number(data, at + 4)
    if data[at : at + 4] != _SEGMENT or size < 0:
        raise VideoError("its header names no length; encode it to a file, not to a pipe")
    if begin + size > len(data):
        raise VideoError(f"truncated: {len(data)} of {begin + size} bytes")


def _check_boxes(data: bytes) -> None:
    """See that an MP4's boxes are all there (ISO/IEC 14496-12).

    Raises:
        VideoError: it was cut off.
    """
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:  # a longer number follows
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:  # the last one, to the end of the file
            return
        if size < 8 or at + size > len(data):
            raise VideoError(f"truncated or corrupt: the box at byte {at} of {len(data)}")
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of EBML and the place behind it; -1 where it says that it is unknown."""
    first = data[at : at + 1] or b"\1"
    width = 9 - first[0].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (-1 if value == (1 << 7 * width) - 1 else value), at + width
