"""Sitemaps in every form in which sites write them, and in some that they should not."""

import gzip
import tracemalloc

import pytest

from curate.sources._pages import sitemap
from curate.sources._pages.sitemap import read

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PAGES = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACE}
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://a.example/?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod></url>
<url><loc>http://a.example/é</loc><image:image><image:loc>http://a.example/i.png</image:loc>
</image:image></url><url></url><url><loc/></url></urlset>""".encode()
LISTED = ("http://a.example/?a=1&b=2", "http://a.example/é")


@pytest.mark.parametrize(
    "body", [PAGES, gzip.compress(PAGES, mtime=0), b"\xef\xbb\xbf\n" + PAGES[38:]]
)
def test_pages_are_read_from_xml_plain_or_packed(body):
    assert read(body) == (LISTED, (), None)


def test_an_index_names_further_sitemaps():
    body = f"<sitemapindex {NAMESPACE}><sitemap><loc>http://a.example/1.xml.gz</loc></sitemap>"
    assert read(f"{body}</sitemapindex>".encode()) == ((), ("http://a.example/1.xml.gz",), None)


def test_plain_text_has_a_page_a_line():
    body = "\ufeffhttp://a.example/é\r\nhttps://a.example/b\n# no page\n\n"
    assert read(body.encode()).pages == ("http://a.example/é", "https://a.example/b")


def test_what_stands_before_a_mistake_is_kept_and_the_mistake_is_named():
    found = read(PAGES[: PAGES.index(b"<url></url>")] + b"<oops")
    assert found.pages == LISTED
    assert found.problem is not None


@pytest.mark.parametrize(
    "body",
    [b"", b"\x1f\x8bno gzip", b"<html><p>Not found", b"<", b"\0\xff", b"<!DOCTYPE x [<!ENTITY"],
)
def test_what_is_no_sitemap_has_no_pages(body):
    assert read(body).pages == ()


def test_entities_that_multiply_are_not_expanded():
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    body = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><urlset><url><loc>&e12;</loc></url></urlset>'
    assert read(body.encode()).pages == ()


def test_an_entity_does_not_read_a_file():
    body = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><urlset><url><loc>&e;</loc>'
    assert read(body.encode()).pages == ()


def test_a_packed_sitemap_is_unpacked_to_a_limit(monkeypatch):
    monkeypatch.setattr(sitemap, "_MAX_BYTES", 1_000_000)
    bomb = gzip.compress(b"http://a.example/ " + b"\n" * 50_000_000, 9)
    tracemalloc.start()
    assert read(bomb).pages == ("http://a.example/",)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
