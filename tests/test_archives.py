"""Web archives to whole crawls: a site as Common Crawl keeps it, as WARC and as WAT, near and far.

The site is served for real, archived record by record, and its WAT is made from the archive in
the form of Common Crawl's own extractor (`commoncrawl/ia-web-commons`).
"""

import asyncio
import gzip
import io
import json
import threading
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from curate import crawl
from curate.dataset import tables
from curate.stage.params import build

PAGES = {
    "index.html": '<html lang="de"><img src="ball.png" alt="Ein Ball" title="Rot &amp; rund">'
    '<img src="plain.png"><img src="data:image/png;base64,AAAA" alt="in itself">',
    "deep/page.html": '<head><base href="/"><meta http-equiv="Content-Language" content="fr">'
    '<body><figure><img src="field.png" alt="Un champ"><figcaption>Vert</figcaption></figure>',
    "again.html": '<img src="/ball.png" alt="A ball"><img src="/gone.png" alt="Gone">',
    "closed.html": '<meta name="robots" content="noai"><img src="/hidden.png" alt="Not for you">',
}
ATTRIBUTES = {"img": ("src", "alt", "title"), "a": ("href", "title")}


class Extractor(HTMLParser):
    """What Common Crawl's extractor keeps of a page."""

    def __init__(self, page):
        super().__init__()
        self.head, self.links = {"Metas": []}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "meta":
            names = ("name", "content", "http-equiv", "property")
            self.head["Metas"].append({n: said[n] for n in names if n in said})
        elif tag == "html" and "lang" in said:
            self.head["Metas"].append({"name": "HTML@/lang", "content": said["lang"]})
        elif tag == "base":
            self.head["Base"] = said["href"]
        elif tag in ATTRIBUTES:
            first, *others = ATTRIBUTES[tag]
            link = {"path": f"{tag.upper()}@/{first}", "url": said[first]}
            self.links.append(link | {n: said[n] for n in others if n in said})


@pytest.fixture
def site(project, drawn):
    """Root of a site that answers for byte ranges; pages, pictures and all that is put in `www`."""
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import Application, StaticFileHandler

    for name, text in PAGES.items():
        Path("www", name).parent.mkdir(parents=True, exist_ok=True)
        Path("www", name).write_text(text, encoding="utf-8")
    Path("www/ball.png").write_bytes(drawn("circle", "red"))
    Path("www/field.png").write_bytes(drawn("square", "green"))
    Path("www/hidden.png").write_bytes(drawn("square", "blue"))
    (socket,) = bind_sockets(0, "127.0.0.1")
    ready, stop = threading.Event(), []

    async def serve():
        handlers = [("/(.*)", StaticFileHandler, {"path": str(Path("www").absolute())})]
        server = HTTPServer(Application(handlers, log_function=lambda _: None))
        server.add_sockets([socket])
        done = asyncio.Event()
        stop.append((asyncio.get_running_loop(), done))
        ready.set()
        await done.wait()
        server.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    loop, done = stop[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(30)


def answer(url):
    """The HTTP answer to a URL, as an archive keeps it."""
    try:
        with urllib.request.urlopen(url) as got:
            status, headers, body = "200 OK", got.headers.items(), got.read()
    except urllib.error.HTTPError as error:
        status, headers, body = f"{error.code} {error.reason}", error.headers.items(), b""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def add(file, kind, content_type, block, **headers):
    """Write a record as a gzip member of its own."""
    made = WarcRecord()
    made.init_headers(record_type=kind)
    made.headers["WARC-Date"] = "2024-05-18T01:58:10Z"
    made.headers["Content-Type"] = content_type
    for name, value in headers.items():
        made.headers[name.replace("_", "-")] = value
    made.set_bytes_content(block)
    whole = io.BytesIO()
    made.write(whole)
    file.write(gzip.compress(whole.getvalue()))


def archived(file, urls):
    """A WARC of URLs: warcinfo, then request, response and metadata of each."""
    with file.open("wb") as stream:
        info = b"isPartOf: CC-MAIN-2024-22\r\n"
        add(stream, WarcRecordType.warcinfo, "application/warc-fields", info)
        for url in urls:
            about = {"WARC_Target_URI": url}
            asked = b"GET / HTTP/1.1\r\nUser-Agent: CCBot/2.0\r\n\r\n"
            http = "application/http; msgtype="
            add(stream, WarcRecordType.request, f"{http}request", asked, **about)
            add(stream, WarcRecordType.response, f"{http}response", answer(url), **about)
            fields = b"fetchTimeMs: 1\r\ncharset-detected: UTF-8\r\n"
            add(stream, WarcRecordType.metadata, "application/warc-fields", fields, **about)


def extracted(warc, wat):
    """The WAT of a WARC: a JSON of each record."""
    with wat.open("wb") as stream, warc.open("rb") as source:
        for found in ArchiveIterator(source, parse_http=True):
            of_http = found.record_type in (WarcRecordType.request, WarcRecordType.response)
            payload = {"Actual-Content-Type": found.headers.get("Content-Type", "")}
            if found.record_type == WarcRecordType.response:
                payload["HTTP-Response-Metadata"] = of_response(found)
            elif of_http:
                payload["HTTP-Request-Metadata"] = {"Request-Message": {"Method": "GET"}}
            else:
                payload["WARC-Metadata-Metadata"] = {"Metadata-Records": []}
            place = {"Filename": warc.name, "Compressed": True, "Offset": str(found.stream_pos)}
            about = found.headers.get("WARC-Target-URI", "")
            headers = dict(found.headers.items())
            envelope = {"Payload-Metadata": payload, "WARC-Header-Metadata": headers}
            said = {"Container": place, "Envelope": {"Format": "WARC/1.0", **envelope}}
            headers = {"WARC_Target_URI": about} if about else {}
            block = json.dumps(said).encode()
            add(stream, WarcRecordType.metadata, "application/json", block, **headers)


def of_response(found):
    status, _, reason = found.http_headers.status_line.partition(" ")[2].partition(" ")
    message = {"Status": status, "Version": "HTTP/1.1", "Reason": reason}
    said = {"Response-Message": message, "Headers": dict(found.http_headers.items())}
    body = found.reader.read()
    if (found.http_content_type or "") == "text/html":
        page = Extractor(body.decode())
        said["HTML-Metadata"] = {"Head": page.head, "Links": page.links}
    return said | {"Entity-Length": str(len(body)), "Entity-Trailing-Slop-Length": "0"}


@pytest.fixture
def crawled(site, workers):
    """Crawls one source into a folder; gives its pairs with the origin of their captions."""
    names = [*PAGES, "ball.png", "field.png", "gone.png"]
    archived(Path("a.warc.gz"), [f"{site}/{name}" for name in names])
    extracted(Path("a.warc.gz"), Path("a.warc.wat.gz"))

    def run(**source):
        params = build(crawl.CrawlParams, {"sources": {"cc": source}, "max_rejected": 1.0}, "crawl")
        crawl.main(Path("packages"), Path("data/pool"), params)
        pairs = tables.read(Path("data/pool/pairs.parquet"))
        extra = tables.read(Path("data/pool/extra.parquet"), ["uid", "origin"])
        origins = dict(zip(*extra.to_pydict().values(), strict=True))
        return {row["uid"]: row | {"origin": origins[row["uid"]]} for row in pairs.to_pylist()}

    return run


FETCH = {"contact": "mailto:o@c.example", "private_hosts": ["127.0.0.1"], "attempts": 1}


def test_a_wat_gives_the_pairs_of_its_warc_as_far_as_it_holds_their_captions(crawled, site):
    from_wat = crawled(kind="wat", path="a.warc.wat.gz", **FETCH)
    from_warc = crawled(kind="warc", path="a.warc.gz")
    both = {uid for uid, row in from_warc.items() if row["origin"] in ("alt", "title")}
    assert from_wat.keys() == both
    said = {(row["lang"], row["caption"], row["page"], row["url"]) for row in from_wat.values()}
    ball, field = f"{site}/ball.png", f"{site}/field.png"
    assert said == {
        ("de", "Ein Ball", f"{site}/index.html", ball),
        ("de", "Rot & rund", f"{site}/index.html", ball),
        ("fr", "Un champ", f"{site}/deep/page.html", field),
        ("und", "A ball", f"{site}/again.html", ball),
    }
    for uid, row in from_wat.items():
        assert {**row, "shard": None} == {**from_warc[uid], "shard": None}


def test_what_an_archive_holds_and_is_no_pair_is_refused_with_a_reason(crawled, site):
    crawled(kind="wat", path="a.warc.wat.gz", **FETCH)
    refused = tables.read(Path("data/pool/rejected.parquet")).to_pylist()
    assert {row["item"]: row["reason"] for row in refused} == {
        f"{site}/closed.html": "opted out",
        f"{site}/gone.png": "http 404",
    }


@pytest.mark.parametrize(
    "source", [{"kind": "warc"}, {"kind": "wat", **FETCH}], ids=lambda s: s["kind"]
)
def test_an_archive_is_read_from_another_host_as_from_here(crawled, site, source):
    name = {"warc": "a.warc.gz", "wat": "a.warc.wat.gz"}[source["kind"]]
    here = crawled(path=name, **source)
    Path(name).rename(Path("www", name))
    assert crawled(path=f"{site}/{name}", **source) == here
