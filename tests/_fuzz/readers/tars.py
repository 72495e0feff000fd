"""Tars of WebDataset and img2dataset: to samples, as `curate.sources.webdataset` takes them."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from curate.sources import Refusal, webdataset
from tests._fuzz import scratch

_FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
_ROW = {"caption": "A ball", "url": "http://a.example/1.png", "n": 10**30, "alt": ["a", "b"]}
_MEMBERS = {
    "a.jpg": b"\xff\xd8 no picture",
    "a.txt": "كرة".encode(),
    "a.json": json.dumps(_ROW).encode(),
    f"{'b' * 120}.png": b"x",
    f"{'b' * 120}.cls": b"3",
    "c.mp4": b"x",
}


def seeds() -> Iterator[bytes]:
    """Tars of several formats; behind a byte 1 the same is read compressed."""
    for form in _FORMATS:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, content in _MEMBERS.items():
                info = tarfile.TarInfo(name[-90:] if form == tarfile.USTAR_FORMAT else name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo("d.jpg")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
        yield b"\0" + out.getvalue()
        yield b"\1" + out.getvalue()
    yield b"\2" + gzip.compress(out.getvalue())


def read(data: bytes) -> None:
    """List a tar's samples and read them."""
    body = gzip.compress(data[1:], 1) if data[:1] == b"\1" else data[1:]
    path = scratch.file("a.tar", body)
    spool = scratch.folder("tars")
    params = webdataset.Params(path=str(path), max_bytes=1 << 20)
    listed = webdataset.items(params, Path(), spool)
    for item in listed:
        if isinstance(item, Refusal):
            f"{item.item} {item.reason} {item.detail}".encode()
    samples = [item for item in listed if not isinstance(item, Refusal)]
    for found in webdataset.read_all(samples, params):
        if isinstance(found, Refusal):
            found.detail.encode()
        else:
            str(found.extra).encode()
    for copy in spool.iterdir():  # of a compressed tar
        copy.unlink()
