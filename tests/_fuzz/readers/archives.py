"""Web archives (WARC): a file to pictures with captions, as `curate.sources.warc` takes them."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from curate.sources import Refusal, warc
from tests._fuzz import scratch
from tests._warcs import Warcs

_PNG = b"\x89PNG\r\n\x1a\n no picture, but named one"


def seeds() -> Iterator[bytes]:
    """Archives without compression behind a byte 0; the same behind 1 is read compressed."""
    page = Warcs.record("http://a.example/", Warcs.page(Warcs.BALL), charset="utf-8")
    ball = Warcs.record("http://a.example/ball.png", _PNG, "image/png")
    moved = Warcs.record("http://a.example/a", b"", status="302 Found", Location="/ball.png")
    closed = Warcs.record("http://a.example/b", _PNG, "image/png", X_Robots_Tag="noai")
    coded = Warcs.record(
        "http://a.example/c", gzip.compress(Warcs.page(Warcs.BALL)), Content_Encoding="gzip, br"
    )
    chunked = Warcs.record(
        "http://a.example/d", b"3\r\nabc\r\n0\r\n\r\n", Transfer_Encoding="chunked"
    )
    cut = Warcs.record("http://a.example/e.png", _PNG, "image/png", WARC_Truncated="length")
    again = Warcs.record(
        "http://a.example/f",
        b"",
        WARC_Type="revisit",
        WARC_Refers_To_Target_URI="http://a.example/",
    )
    records = [page, ball, moved, closed, coded, chunked, cut, again]
    for form in (b"\0", b"\1"):
        yield form + b"".join(map(gzip.decompress, records))
        for one in records:
            yield form + gzip.decompress(one)
    yield b"\2" + b"".join(records)


def read(data: bytes) -> None:
    """Scan an archive, and read the pictures that pages in it tell of."""
    form, body = data[:1], data[1:]
    name = "a.warc" if form == b"\0" else "a.warc.gz"
    file = scratch.file(name, gzip.compress(body, 1) if form == b"\1" else body)
    params = warc.Params(path=str(file), max_bytes=1 << 20, max_page=1 << 20)
    listed = warc.items(params, Path(), scratch.folder("spool"))
    pictures = [item for item in listed if not isinstance(item, Refusal)]
    list(warc.read_all(pictures, params))
