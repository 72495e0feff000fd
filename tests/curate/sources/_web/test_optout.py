"""What is said against training, and the evidence that is kept of it."""

import json

import pytest

from curate.sources._web.optout import AGENT, SIGNALS, in_headers, in_page, preference, reserved


@pytest.mark.parametrize(
    ("headers", "evidence"),
    [
        ({"x-robots-tag": "noai"}, "X-Robots-Tag: noai"),
        ({"x-robots-tag": "noml"}, "X-Robots-Tag: noml"),
        ({"x-robots-tag": "noimageindex"}, "X-Robots-Tag: noimageindex"),
        ({"x-robots-tag": "nofollow, NOINDEX"}, "X-Robots-Tag: noindex"),
        ({"x-robots-tag": "otherbot: noindex"}, None),
        ({"x-robots-tag": "otherbot: noindex\nnoimageai"}, "X-Robots-Tag: noimageai"),
        ({"x-robots-tag": "otherbot: noindex, pairwright: noai"}, "X-Robots-Tag: noai"),
        ({"x-robots-tag": "unavailable_after: 1 Jan 2030, noai"}, "X-Robots-Tag: noai"),
        (
            {"x-robots-tag": "unavailable_after: Tue, 01 Jan 2030 09:00:00 GMT, noai"},
            "X-Robots-Tag: noai",
        ),
        ({"x-robots-tag": "max-snippet: -1, noai"}, "X-Robots-Tag: noai"),
        ({"x-robots-tag": "max-image-preview:large"}, None),
        ({"tdm-reservation": "1"}, "tdm-reservation: 1"),
        (
            {"tdm-reservation": "1", "tdm-policy": "https://a.example/p.json"},
            "tdm-reservation: 1 (tdm-policy: https://a.example/p.json)",
        ),
        ({"tdm-reservation": "0"}, None),
        ({"content-usage": "search=y, train-ai=n"}, "Content-Usage: train-ai=n"),
        ({"content-usage": "search=y\ntrain-ai=n;x=1"}, "Content-Usage: train-ai=n"),
        ({"content-usage": "train-ai=y"}, None),
        ({}, None),
    ],
)
def test_opt_outs_for_us_or_for_all_are_found_in_headers_with_their_evidence(headers, evidence):
    assert in_headers(headers) == evidence


@pytest.mark.parametrize(
    ("metas", "evidence"),
    [
        ([("robots", "noimageai")], "meta robots: noimageai"),
        ([("pairwright", "noindex")], "meta pairwright: noindex"),
        ([("robots", "index, follow")], None),
        ([("robots", "nofollow"), ("robots", "noml")], "meta robots: noml"),
        ([("tdm-reservation", "1")], "meta tdm-reservation: 1"),
        (
            [("tdm-reservation", " 1 "), ("tdm-policy", "https://a.example/p")],
            "meta tdm-reservation: 1 (tdm-policy: https://a.example/p)",
        ),
        ([("tdm-reservation", "0")], None),
        ([], None),
    ],
)
def test_opt_outs_are_found_in_a_page_with_their_evidence(metas, evidence):
    assert in_page(metas) == evidence


@pytest.mark.parametrize(
    ("signal", "headers", "metas"),
    [
        ("x-robots-tag", {"x-robots-tag": "noai"}, []),
        ("tdm", {"tdm-reservation": "1"}, [("tdm-reservation", "1")]),
        ("content-usage", {"content-usage": "train-ai=n"}, []),
        ("content-usage", {"content-signal": "search=yes, ai-train=no"}, []),
        ("meta", {}, [("robots", "noai")]),
    ],
)
def test_a_signal_that_is_not_honoured_is_not_seen(signal, headers, metas):
    assert in_headers(headers) or in_page(metas)
    assert in_headers(headers, SIGNALS - {signal}) is None
    assert in_page(metas, SIGNALS - {signal}) is None


@pytest.mark.parametrize(
    ("line", "governs"),
    [
        ("train-ai=n", "train-ai=n"),
        ("train-ai=n, train-ai=y", "train-ai=y"),
        ("train-ai=y, train-genai=n", "train-genai=n"),
        ("bots=n", "bots=n"),
        ("bots=n, train-ai=y", "train-ai=y"),
        ("search=n", None),
        ("search=yes, ai-train=no", "ai-train=no"),
        ("ai-train=yes, bots=n", "ai-train=yes"),
        ("ai-train=conditional", None),
        ("train-ai", None),
        (",;=,", None),
        ("", None),
    ],
)
def test_the_preference_nearest_to_training_governs(line, governs):
    assert preference(line) == governs


@pytest.mark.parametrize(
    ("entries", "path", "taken"),
    [
        ([{"location": "/", "tdm-reservation": 1}], "/i.png", False),
        ([{"location": "*.png", "tdm-reservation": 1}], "/a/i.png", False),
        ([{"location": "/art/*", "tdm-reservation": 1}], "/i.png", True),
        (
            [
                {"location": "/", "tdm-reservation": 1},
                {"location": "/free/", "tdm-reservation": 0},
            ],
            "/free/i.png",
            True,
        ),
        ([{"location": 5}, "x", None], "/i.png", True),
        ({"location": "/"}, "/i.png", True),
    ],
)
def test_tdmrep_json_reserves_the_paths_that_it_names(entries, path, taken):
    found = reserved(json.dumps(entries).encode())
    assert found is not None
    assert found.can_fetch(f"http://a.example{path}", AGENT) is taken


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_a_tdmrep_json_that_cannot_be_read_reserves_nothing(body):
    assert reserved(body) is None
