"""Web archives that are made record by record, and read as a source."""

import gzip
from pathlib import Path

from curate.sources import Found, Refusal, warc


class Warcs:
    """Makes archives, record by record, and reads them as a source."""

    BALL = '<img src="/ball.png" alt="A ball">'

    @staticmethod
    def record(url: str, body: bytes, kind: str = "text/html", status: str = "200 OK", **more: str):
        """A WARC record with an HTTP answer, compressed by itself; `more` are headers of either."""
        own = {n: v for n, v in more.items() if n.startswith("WARC")}
        said = {n: v for n, v in more.items() if not n.startswith("WARC")}
        http = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *Warcs.lines(said), "", ""]
        block = "\r\n".join(http).encode("utf-8", "surrogateescape") + body
        return Warcs.raw(url, block, "application/http; msgtype=response", **own)

    @staticmethod
    def raw(url: str, block: bytes, kind: str, **more: str) -> bytes:
        named = {
            "WARC_Type": "response",
            "WARC_Record_ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
            "WARC_Date": "2024-05-06T07:08:09Z",
            "WARC_Target_URI": url,
            "Content_Type": kind,
            "Content_Length": str(len(block)),
        }
        head = "\r\n".join(["WARC/1.0", *Warcs.lines(named | more), "", ""])
        return gzip.compress(head.encode("utf-8", "surrogateescape") + block + b"\r\n\r\n")

    @staticmethod
    def lines(headers: dict[str, str]) -> list[str]:
        return [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]

    @staticmethod
    def page(*images: str, lang: str = "en", head: str = "") -> bytes:
        shown = "".join(images)
        return f'<html lang="{lang}"><head>{head}</head><body>{shown}</body></html>'.encode()

    @staticmethod
    def listed(path: str, **values: object) -> dict[str, Found | Refusal]:
        params = warc.Params(path=path, **values)
        Path("spool").mkdir(exist_ok=True)
        items = warc.items(params, Path(), Path("spool"))
        answers = warc.read_all([i for i in items if not isinstance(i, Refusal)], params)
        found = [i if isinstance(i, Refusal) else next(answers) for i in items]
        return {f.item: f for f in found}

    @staticmethod
    def reasons(found: dict[str, Found | Refusal]) -> dict[str, str]:
        return {name: f.reason for name, f in found.items() if isinstance(f, Refusal)}
