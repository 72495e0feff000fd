"""Tables of URLs: Parquet, CSV, TSV and JSON lines to rows, as `curate.sources.urls` takes them."""

import gzip
import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources import urls
from curate.sources._rows import Rows, store
from tests._fuzz import scratch

_NAMES = ("a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.csv.gz", "a.jsonl.gz")
_ROWS = {
    "url": ["http://a.example/1.png", "http://u:p@a.example/2.png?sig=x#y", None],
    "caption": ["A ball", 'a "quoted", text\nin two lines', "كرة"],
    "language": ["en", "", "ar_EG"],
    "license": ["?", None, "CC0-1.0"],
    "sha256": ["0" * 64, "no hash", None],
    "width": ["1", "2.5", "99999999999999999999"],
}


def seeds() -> Iterator[bytes]:
    """A table in every form; the first byte says which."""
    table = pa.table(_ROWS)
    for number, delimiter in ((0, ","), (1, "\t"), (4, ",")):
        yield bytes([number]) + _text(table, delimiter)
    for line in (
        '{"url": "http://a.example/1", "text": "a", "n": 1, "deep": {"a": [1, null]}}\n',
        '{"URL": "http://a.example/1", "alt": "\\ud800 a"}\n{"URL": 3, "alt": {"en": 1}}\n[1]\n',
        '{"url": 1e400, "caption": NaN, "n": 123456789012345678901234567890}\n{"a": tru\n\n',
    ):
        yield b"\2" + line.encode()
        yield b"\5" + line.encode()
    for more in ({}, {"nested": [[{"a": 1}], None, []], "blob": [b"\xff", None, b""]}):
        out = io.BytesIO()
        pq.write_table(pa.table(_ROWS | more), out, compression="none")
        yield b"\3" + out.getvalue()


def read(data: bytes) -> None:
    """List a table's rows as a crawl does."""
    name = _NAMES[(data[:1] or b"\0")[0] % len(_NAMES)]
    body = gzip.compress(data[1:], 1) if name.endswith(".gz") else data[1:]
    path = str(scratch.file(name, body))
    folder = scratch.folder("rows")
    params = urls.Params(path=path, contact="mailto:a@b.example")
    rows = Rows(folder, urls.item, 0, store(urls._tables(params), folder, "url"))
    for place, row in enumerate(rows):
        refusal = urls._refusal(row, place)
        texts = (refusal.item, refusal.detail) if refusal else (row.name, *sum(row.captions, ()))
        for text in texts:
            text.encode()
    rows.fingerprint()


def _text(table: pa.Table, delimiter: str) -> bytes:
    import pyarrow.csv

    out = io.BytesIO()
    options = pyarrow.csv.WriteOptions(delimiter=delimiter)
    pyarrow.csv.write_csv(table, out, options)
    return out.getvalue()
