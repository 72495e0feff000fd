"""Links of web archives (WAT): a file to a table of URLs, as `curate.sources.wat` takes them."""

import gzip
import json
from collections.abc import Iterator

from curate.sources import wat
from tests._fuzz import scratch
from tests._warcs import Warcs

_META = {"name": "robots", "content": "noai"}
_LINKS = [
    {"path": "IMG@/src", "url": "ball.png", "alt": "A ball", "title": "Ball \ud800"},
    {"path": "IMG@/data-src", "url": "http://[b", "alt": ["no", "text"]},
    {"path": "A@/href", "url": "x"},
]


def seeds() -> Iterator[bytes]:
    """Archives without compression, and what one says of a page alone behind a byte 1."""
    for head in ({}, {"Metas": [_META]}, {"Base": "http://b.example/", "Metas": "none"}):
        page = {"Headers": {"Content-Language": "de"}, "Response-Message": {"Status": "200"}}
        page["HTML-Metadata"] = {"Head": head, "Links": _LINKS}
        content = json.dumps({"Envelope": {"Payload-Metadata": {"HTTP-Response-Metadata": page}}})
        yield b"\1" + content.encode()
        yield b"\0" + _record(content.encode())


def read(data: bytes) -> None:
    """Scan an archive."""
    form, body = data[:1], data[1:]
    file = scratch.file("a.wat", _record(body) if form == b"\1" else body)
    table = scratch.folder("links") / "a.parquet"
    wat.scan((str(file), table), wat.Params(path=str(file), contact="mailto:a@b.example"))


def _record(content: bytes) -> bytes:
    """A record of metadata."""
    url, kind = "http://a.example/", "application/json"
    return gzip.decompress(Warcs.raw(url, content, kind, WARC_Type="metadata"))
