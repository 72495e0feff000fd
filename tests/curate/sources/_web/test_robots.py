"""What a robots.txt allows."""

import codecs

import pytest

from curate.sources._web.robots import MAX_BYTES, rules

URL = "http://a.example/private/x.html"


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /private\n", False),
        (200, b"User-agent: pairwright\nDisallow: /private\n\nUser-agent: *\nAllow: /", False),
        (200, b"User-agent: other\nDisallow: /\n", True),
        (200, b"User-agent: *\nDisallow: /private\nAllow: /private/x\n", True),
        (200, b"User-agent: *\rDisallow: /private\r", False),
        (200, codecs.BOM_UTF8 + b"User-agent: *\nDisallow: /private\n", False),
        (200, "\ufeffUser-agent: *\nDisallow: /private\n".encode("utf-16-le"), False),
        (200, "\ufeffUser-agent: *\nDisallow: /private\n".encode("utf-16-be"), False),
        (200, b"\0User-agent: *\n\0Disallow: /private\n", False),
        (200, b"# caf\xe9\nUser-agent: *\nDisallow: /private\n", False),
        (200, b"<!doctype html><p>Disallow: /private", True),
        (200, b"", True),
        (404, b"Disallow: /", True),
        (403, b"", True),
    ],
)
def test_rules_are_those_of_rfc_9309(status, body, allowed):
    found = rules(status, body)
    assert found is not None
    assert found.allow(URL) is allowed


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_in_trouble_allows_nothing(status):
    assert rules(status, b"User-agent: *\nAllow: /\n") is None


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/café".encode(), "http://a.example/caf%C3%A9/x"),
        ("/café".encode("latin-1"), "http://a.example/caf%E9/x"),
    ],
)
def test_a_path_beyond_ascii_is_matched_in_the_bytes_it_was_written_in(path, url):
    found = rules(200, b"User-agent: *\nDisallow: " + path)
    assert found is not None
    assert not found.allow(url)


def test_of_a_file_that_is_too_long_no_half_rule_is_read():
    start = b"User-agent: *\nDisallow: /other\n"
    rule = b"Disallow: /private/never/seen\n"
    whole = start + b"#" * (MAX_BYTES - len(start) - len(rule[:20]) - 1) + b"\n" + rule
    cut = whole[:MAX_BYTES]
    assert cut.endswith(b"Disallow: /private/n"[:20])
    for found in (rules(200, whole), rules(200, cut, whole=False)):
        assert found is not None
        assert found.allow("http://a.example/private/n")
        assert not found.allow("http://a.example/other")


def test_delay_and_sitemaps_are_read():
    found = rules(
        200,
        b"Sitemap: http://a.example/one.xml\nUser-agent: *\nCrawl-delay: 2.5\n"
        b"sitemap: http://a.example/two.xml.gz\nSitemap: http://a.example/one.xml\n",
    )
    assert found is not None
    assert found.delay == 2.5
    assert found.sitemaps == ("http://a.example/one.xml", "http://a.example/two.xml.gz")


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ("User-agent: *\nContent-Usage: train-ai=n", False),
        ("User-agent: *\nContent-Usage: search=y, train-ai=n  # no", False),
        ("User-agent: *\nContent-Usage: /private train-ai=n", False),
        ("User-agent: *\nContent-Usage: /public train-ai=n", True),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /private train-ai=y", True),
        ("User-agent: other\nContent-Usage: train-ai=n", True),
        ("User-agent: other\nAllow: /\nUser-agent: *\nContent-Usage: train-ai=n", False),
        ("User-agent: *\nAllow: /\nUser-agent: other\nContent-Usage: train-ai=n", True),
        ("User-agent: *\nContent-Usage: search=n", True),
        ("User-agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /", False),
        ("User-agent: *\nContent-signal: ai-train=yes, search=no", True),
        ("User-agent: *\nContent-Usage: train-ai=y\nContent-Signal: ai-train=no", False),
        ("User-agent: other\nContent-Signal: ai-train=no", True),
    ],
)
def test_content_usage_in_robots_txt_holds_for_its_agents_and_paths(body, allowed):
    found = rules(200, body.encode())
    assert found is not None
    assert found.allow(URL)
    assert (found.against_training(URL) is None) is allowed
