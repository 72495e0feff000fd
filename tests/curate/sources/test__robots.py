"""What a site allows."""

import pytest

from curate.sources._robots import AGENT, opted_out, rules

URL = "http://a.example/private/x.html"


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /private\n", False),
        (200, b"User-agent: pairwright\nDisallow: /private\n\nUser-agent: *\nAllow: /", False),
        (200, b"User-agent: other\nDisallow: /\n", True),
        (200, b"User-agent: *\nDisallow: /private\nAllow: /private/x\n", True),
        (200, b"", True),
        (404, b"Disallow: /", True),
        (403, b"", True),
    ],
)
def test_rules_are_those_of_rfc_9309(status, body, allowed):
    found = rules(status, body)
    assert found is not None
    assert found.can_fetch(URL, AGENT) is allowed


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_in_trouble_allows_nothing(status):
    assert rules(status, b"User-agent: *\nAllow: /\n") is None


@pytest.mark.parametrize(
    ("headers", "meta", "evidence"),
    [
        ({"x-robots-tag": "noai"}, "", "X-Robots-Tag: noai"),
        ({"x-robots-tag": "nofollow, NOINDEX"}, "", "X-Robots-Tag: noindex"),
        ({"x-robots-tag": "otherbot: noindex"}, "", None),
        ({"x-robots-tag": "otherbot: noindex, pairwright: noai"}, "", "X-Robots-Tag: noai"),
        ({"x-robots-tag": "unavailable_after: 1 Jan 2030, noai"}, "", "X-Robots-Tag: noai"),
        ({"tdm-reservation": "1"}, "", "tdm-reservation: 1"),
        ({"tdm-reservation": "0"}, "", None),
        ({"content-usage": "search=y, train-ai=n"}, "", "Content-Usage: train-ai=n"),
        ({"content-usage": "train-ai=y"}, "", None),
        ({}, "noimageai", "meta robots: noimageai"),
        ({}, "index, follow", None),
    ],
)
def test_opt_outs_for_us_or_for_all_are_found_with_their_evidence(headers, meta, evidence):
    assert opted_out(headers, meta) == evidence
