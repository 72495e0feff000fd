"""A WARC archive to its records: what each is about, where it lies, its payload within limits.

Records are read by FastWARC, whichever way the archive is compressed; to be found again by its
place a record must be compressed by itself, as Common Crawl's and all usual archives are.
"""

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from fastwarc.stream_io import BrotliReader, ChunkedReader, GzipReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecordType

from curate.dataset.errors import DataError
from curate.sources._paths import opened

ENDINGS = (".warc.gz", ".warc", ".warc.zst", ".warc.lz4")
CONTENT = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit
METADATA = WarcRecordType.metadata
_ELSEWHERE = {301, 302, 303, 307, 308}
_GZIP = b"\x1f\x8b"
_START = re.compile(rb"\x1f\x8b\x08|WARC/1\.[01]\r\n")
_OVERLAP = 10  # bytes, more than what a record starts with
_PIECE = 1 << 20  # bytes read at a time
_HEADERS = 1 << 16  # bytes of a record's headers, at most
_DECODERS: dict[str, Any] = {
    "gzip": GzipReader,
    "x-gzip": GzipReader,
    "br": BrotliReader,
    "zstd": ZstdReader,
    "deflate": lambda data: GzipReader(data, zlib=True),
}
_FAULTS = (ValueError, OSError, RuntimeError, EOFError, ArithmeticError, MemoryError)


class Broken(NamedTuple):
    """A place from which on an archive cannot be read."""

    offset: int  # bytes from the archive's start
    why: str


@dataclass(frozen=True)
class Record:
    """What an archive holds of one URL."""

    url: str
    offset: int  # bytes from the archive's start
    status: int  # of the HTTP answer; 200 where a file was archived without one
    kind: str  # media type, lower case, without parameters
    charset: str | None
    headers: Mapping[str, str]  # of the HTTP answer, names in lower case
    captured: str  # when, ISO 8601
    cut: str  # why the archive holds only the start of it, "" where all
    leads_to: str | None  # of a redirect or repetition: where the content is
    _warc: Any

    def payload(self, limit: int) -> bytes:
        """The content, without transfer and content encodings; before the next record is read.

        Encodings that are stated and not there are left out.

        Args:
            limit: bytes, before and after decoding.

        Raises:
            DataError: it is longer, or not all there.
        """
        size = int(self._warc.content_length)
        if size > limit:
            raise DataError(f"more than {limit} bytes")
        data = _read(self._warc.reader, limit)
        if len(data) < size:
            raise DataError(f"is cut off: {len(data)} of {size} bytes are there")
        for layer in _layers(self.headers):
            try:
                inner = _read(layer(io.BytesIO(data)), limit)
            except _FAULTS:
                continue
            if len(inner) > limit:
                raise DataError(f"more than {limit} bytes")
            data = inner
        return data


def records(archive: str, types: WarcRecordType = CONTENT) -> Iterator[Record | Broken]:
    """Every record of some types in an archive, in its order.

    Args:
        archive: path or URL.
        types: CONTENT (responses, files and repetitions) or METADATA.
    """
    try:
        with opened(archive) as file:
            yield from _records(file, types)
    except (DataError, OSError) as error:
        yield Broken(0, str(error))


def record_at(file: BinaryIO, offset: int) -> Record:
    """The record at a place in an opened archive.

    Raises:
        DataError: there is none.
    """
    try:
        file.seek(offset)
        for warc in ArchiveIterator(file, parse_http=False):
            return _record(warc)
    except _FAULTS as error:
        raise DataError(str(error)) from error
    raise DataError("there is no record")


def _records(file: BinaryIO, types: WarcRecordType) -> Iterator[Record | Broken]:
    """The records of an opened archive; behind damage it goes on with the next one."""
    end = file.seek(0, io.SEEK_END)
    start: int | None = 0 if end else None
    while start is not None:
        damage = None
        for found in _run(file, start, end, types):
            damage = found if isinstance(found, Broken) else None
            yield found
        start = _next_record(file, max(start, damage.offset) + 1, end) if damage else None


def _run(file: BinaryIO, start: int, end: int, types: WarcRecordType) -> Iterator[Record | Broken]:
    """Records from a place on, as far as they can be read; then the damage, if there is any."""
    file.seek(start)
    compressed = file.read(len(_GZIP)) == _GZIP
    file.seek(start)
    place = -1
    try:
        for warc in ArchiveIterator(file, parse_http=False):
            here = warc.stream_pos
            if compressed and not place < here < end:
                why = "is compressed as a whole, not record by record: gunzip it"
                yield Broken(max(start, place), why)
                return
            place = here
            if warc.record_type & types:
                yield _record(warc)
        if not _ends_well(file, max(start, place), end):
            yield Broken(max(start, place), "ends in the middle of a record, or in something else")
    except _FAULTS as error:
        yield Broken(max(start, place), f"cannot be read beyond this record: {error}")


def _next_record(file: BinaryIO, start: int, end: int) -> int | None:
    """Where the next record starts at or behind a place, as far as its first bytes say."""
    overlap = b""
    for place in range(start, end, _PIECE):
        file.seek(place)
        piece = overlap + file.read(_PIECE)
        for found in _START.finditer(piece):
            offset = place - len(overlap) + found.start()
            file.seek(offset)
            if _is_record(file.read(_HEADERS)):
                return offset
        overlap = piece[-_OVERLAP:]
    return None


def _is_record(start: bytes) -> bool:
    """Whether bytes are the start of a record, compressed or not."""
    if start[: len(_GZIP)] != _GZIP:
        return start.startswith(b"WARC/")
    try:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return member.decompress(start, _OVERLAP).startswith(b"WARC/")
    except zlib.error:
        return False


def _record(warc: Any) -> Record:
    answered = warc.record_type != WarcRecordType.resource and warc.is_http
    headers: dict[str, str] = {}
    if answered:
        warc.parse_http()
        for name, value in warc.http_headers.to_tuples():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}\n{value}"
    own = warc.headers
    stated = headers.get("content-type", "") if answered else own.get("Content-Type", "")
    kind = own.get("WARC-Identified-Payload-Type") or stated
    status = (warc.http_headers.status_code or 0) if answered else 200
    moved = headers.get("location") if status in _ELSEWHERE else None
    repeats = warc.record_type == WarcRecordType.revisit
    return Record(
        url=own.get("WARC-Target-URI", "").strip("<> "),
        offset=warc.stream_pos,
        status=status,
        kind=kind.partition(";")[0].strip().lower(),
        charset=warc.http_charset if answered else None,
        headers=headers,
        captured=own.get("WARC-Date", ""),
        cut=own.get("WARC-Truncated", ""),
        leads_to=own.get("WARC-Refers-To-Target-URI", "") if repeats else moved,
        _warc=warc,
    )


def _layers(headers: Mapping[str, str]) -> Iterator[Any]:
    """Readers for what a content is wrapped in, the outermost first."""
    for name in ("transfer-encoding", "content-encoding"):
        for coding in reversed(headers.get(name, "").lower().replace("\n", ",").split(",")):
            if coding.strip() == "chunked":
                yield ChunkedReader
            elif coding.strip() in _DECODERS:
                yield _DECODERS[coding.strip()]


def _read(reader: Any, limit: int) -> bytes:
    """All that a reader gives, or one byte more than the limit."""
    data = bytearray()
    while len(data) <= limit and (piece := reader.read(min(_PIECE, limit + 1 - len(data)))):
        data += piece
    return bytes(data)


def _ends_well(file: BinaryIO, place: int, end: int) -> bool:
    """Whether an archive ends where its last record ends."""
    file.seek(place)
    start = file.read(_HEADERS)
    if start[: len(_GZIP)] == _GZIP:
        return _ends_with_a_member(file, place)
    head, blank, _ = start.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return place + len(head) + 2 * len(blank) + int(value) == end
    return not start.startswith(b"WARC/")  # of another compression: taken on trust


def _ends_with_a_member(file: BinaryIO, place: int) -> bool:
    """Whether a file ends where a gzip member ends."""
    file.seek(place)
    member, rest = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    while piece := rest or file.read(_PIECE):
        if member.eof:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            member.decompress(piece, _PIECE)
        except zlib.error:
            return False
        rest = member.unused_data if member.eof else member.unconsumed_tail
    return member.eof
