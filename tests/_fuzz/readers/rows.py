"""A folder's `metadata.csv`, `.tsv` or `.jsonl`: its rows, and what they say of pictures."""

import json
from collections.abc import Iterator

from curate.sources import Refusal, _columns, _sheets
from tests._fuzz import scratch

_PARAMS = _columns.Said()


def seeds() -> Iterator[bytes]:
    """A file of every form; the first byte says which."""
    rows = [
        {"file_name": "a.png", "caption": "A ball", "n": "1", "language": "en"},
        {
            "file_name": "../b.png",
            "caption": 'quoted "text", of\ntwo lines',
            "n": "x",
            "language": "",
        },
    ]
    for number, delimiter in ((0, ","), (1, "\t")):
        lines = [rows[0].keys(), *(row.values() for row in rows)]
        text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
        yield bytes([number]) + text.encode("utf-8-sig")
        yield bytes([number]) + text.encode("utf-16")
    odd = {"file_name": "c.png", "caption": {"en": ["a", "b \ud800"], "de": 1}, "n": 10**30}
    yield b"\2" + "".join(json.dumps(row) + "\n" for row in (*rows, odd)).encode()


def read(data: bytes) -> None:
    """Read a metadata file as the folder source does."""
    name = _sheets.NAMES[(data[:1] or b"\0")[0] % len(_sheets.NAMES)]
    found = _sheets.rows(scratch.file(name, data[1:]), "utf-8")
    for refusal in found:
        if isinstance(refusal, Refusal):
            refusal.detail.encode()
    sound = [row for row in found if isinstance(row, _sheets.Row)]
    if not sound:
        return
    column = _sheets.picture_column(found, None, _PARAMS)
    for row in _sheets.numbered(sound, _columns.texts(_PARAMS)):
        place = _sheets.place(row, column)
        said = tuple(_columns.captions(row.values, (), _PARAMS, row.page))
        item = place.detail if isinstance(place, Refusal) else place
        kept = _columns.found("a", b"", said, row.values, _PARAMS)
        for text in (
            *(caption.lang for caption in said),
            kept.url,
            kept.licence or "",
            str(kept.extra),
        ):
            text.encode()
        item.encode("utf-8", "surrogateescape")
