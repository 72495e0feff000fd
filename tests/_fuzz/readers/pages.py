"""Web pages and sitemaps: bytes as a site sent them to links, pictures and captions."""

import gzip
from collections.abc import Iterator

from curate.dataset.errors import DataError
from curate.sources._pages import parsing, sitemap
from curate.sources._web import links, optout

_URL = "https://a.example/shelf/page.html"
_CHARSETS = (None, "utf-8", "utf-16", "windows-1252", "shift_jis", "no such")
_PAGE = """<!doctype html><html lang="en-GB"><head><base href="/b/"><meta charset="{charset}">
<meta name="robots" content="noindex, nofollow"><meta name="tdm-reservation" content="1">
<meta property="og:image" content="a.png"><meta property="og:image:alt" content="A ball">
<meta property="og:locale" content="de_DE"><script type="application/ld+json">
{{"@type": ["ImageObject"], "contentUrl": {{"@id": "b.png"}}, "license": ["c"],
"caption": [{{"@value": "Un ballon", "@language": "fr"}}, "A ball"]}}</script></head><body>
<p dir=rtl lang=ar>كرة<a href="?a=b#c">a ball</a><img src=a.png alt="A red ball" title=Ball>
<figure><img srcset="a.png 1x, b.png 800w , c,d.png 2x" sizes=1><figcaption>Figure 1.2: A ball
<img data-src="c.png" src="data:image/gif;base64,AA=="></figcaption></figure>
<picture><source type="image/svg+xml" srcset=d.svg><source srcset="e.webp 2x"><img alt=e></picture>
<table><tr><td><img alt="&#x202e;&lt;b&gt;" src="http://[::1]:80/x?y"><td><svg><image href=f></svg>
<div class="gallery"><h2>Balls</h2><a href=//b.example><img src="g.png"></a></div></body></html>"""
_MAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://a.example/1</loc></url><url><loc> 2 </loc></url></urlset>"""


def seeds() -> Iterator[bytes]:
    """Pages in several encodings, and sitemaps; the first byte says how each is read."""
    for number, charset in enumerate(("utf-8", "utf-16", "windows-1256", "shift_jis")):
        page = _PAGE.format(charset=charset)
        yield bytes([number]) + page.encode(charset, "replace")
    yield b"\xff" + _MAP.encode()
    yield b"\xff" + gzip.compress(_MAP.replace("urlset", "sitemapindex").encode())
    yield b"\xffhttps://a.example/1\nhttps://a.example/2\n"


def read(data: bytes) -> None:
    """Read a page, or a sitemap, and all that is asked of it."""
    form, body = data[:1] or b"\0", data[1:]
    if form == b"\xff":
        found = sitemap.read(body)
        _told(links.join(_URL, page) for page in (*found.pages, *found.maps))
        return
    page = parsing.parse(body, _URL, _CHARSETS[form[0] % len(_CHARSETS)])
    _told([page.lang or "", str(page.leads_on), *page.links])
    optout.on_page({}, page.metas)
    for picture in page.pictures:
        _told([picture.url, links.key(picture.url), picture.licence or ""])
        for said in picture.said:
            if said.text != " ".join(said.text.split()) or not said.text:
                raise DataError(f"{said.text!r} is no caption on one line")


def _told(texts: Iterator[str | None] | list[str]) -> None:
    """Texts are written into tables."""
    for text in texts:
        (text or "").encode("utf-8", "surrogatepass")
