"""What a site's own files forbid is not asked for, whatever becomes of asking for the files."""

import itertools
import socket
import time

import pytest

from curate.sources._web.fetcher import NotTaken
from curate.sources._web.optout import SIGNALS, TDM_FILE

FINE = b"a picture"
NO = b"User-agent: *\nDisallow: /\n"
ROBOTS = "/robots.txt"


@pytest.fixture
def taken(hostile, ask, raw):
    """Asks for a picture of the hostile server: "" or why it was not taken, and the detail."""
    hostile.answers["/i.png"] = raw(FINE)

    def get(**changes) -> tuple[str, str]:
        (found,) = ask(f"{hostile.root}/i.png", **changes)
        is_refused = isinstance(found, NotTaken)
        assert ("/i.png" in hostile.asked) is not is_refused
        return (found.reason, found.detail) if is_refused else ("", "")

    return get


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        ("200 OK", NO, "robots.txt"),
        ("200 OK", b"\xef\xbb\xbf" + NO, "robots.txt"),
        ("200 OK", ("\ufeff" + NO.decode()).encode("utf-16-le"), "robots.txt"),
        ("200 OK", b"User-agent: *\nDisallow: /\nAllow: /i.png$\n", ""),
        ("200 OK", b"User-agent: Pairwright\nAllow: /\n\n" + NO, ""),
        ("200 OK", NO + b"#" * 600_000, "robots.txt"),
        ("200 OK", b"#" * 600_000 + b"\n" + NO, ""),
        ("200 OK", b"\xff" * 5000, ""),
        ("204 No Content", b"", ""),
        ("401 Unauthorized", NO, ""),
        ("403 Forbidden", NO, ""),
        ("404 Not Found", NO, ""),
        ("429 Too Many Requests", b"", "robots.txt"),
        ("500 Broken", b"", "robots.txt"),
        ("503 Busy", b"", "robots.txt"),
    ],
)
def test_robots_txt_is_read_as_rfc_9309_says(hostile, taken, raw, status, body, reason):
    hostile.answers[ROBOTS] = raw(body, status, Content_Type="text/plain")
    assert taken()[0] == reason


def test_robots_txt_that_leads_elsewhere_is_followed(hostile, taken, raw):
    hostile.answers[ROBOTS] = raw(b"", "301 Moved", Location="/rules")
    hostile.answers["/rules"] = raw(NO)
    assert taken()[0] == "robots.txt"


def test_robots_txt_that_leads_in_a_circle_counts_as_none(hostile, taken, raw):
    hostile.answers[ROBOTS] = raw(b"", "301 Moved", Location=ROBOTS)
    assert taken() == ("", "")


def test_robots_txt_that_leads_to_a_private_address_closes_the_site(hostile, taken, raw):
    hostile.answers[ROBOTS] = raw(b"", "301 Moved", Location="http://10.0.0.1/")
    assert taken()[0] == "private address"


def test_robots_txt_that_never_ends_is_read_as_far_as_it_must_be(hostile, taken):
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + NO)
        while True:
            connection.sendall(b"# and so on\n" * 1000)

    hostile.answers[ROBOTS] = endless
    assert taken()[0] == "robots.txt"


def test_a_site_whose_robots_txt_does_not_come_is_asked_for_nothing_more(hostile, ask):
    hostile.answers[ROBOTS] = b""
    found = ask(*(f"{hostile.root}/{n}.png" for n in range(20)))
    assert {problem.reason for problem in found} == {"no answer"}
    assert hostile.asked == [ROBOTS]


def test_the_files_of_a_site_are_asked_for_once(hostile, ask, raw):
    ask(*(f"{hostile.root}/{n}.png" for n in range(20)))
    assert sorted(hostile.asked)[:2] == [TDM_FILE, "/0.png"]
    assert (hostile.asked.count(ROBOTS), hostile.asked.count(TDM_FILE)) == (1, 1)


def test_crawl_delay_lies_between_any_two_requests(hostile, ask, raw):
    hostile.answers[ROBOTS] = raw(b"User-agent: *\nCrawl-delay: 0.3\n")
    ask(*(f"{hostile.root}/{n}.png" for n in range(3)))
    times = hostile.times
    assert len(times) == 5  # robots.txt and tdmrep.json among them
    assert all(b - a > 0.25 for a, b in itertools.pairwise(times))


def test_a_site_that_asks_for_an_hour_between_requests_is_left_alone(hostile, taken, raw):
    hostile.answers[ROBOTS] = raw(b"User-agent: *\nCrawl-delay: 3600\n")
    start = time.monotonic()
    assert taken() == (
        "robots.txt",
        f"{hostile.root}/robots.txt asks for 3600 s between requests",
    )
    assert time.monotonic() - start < 20


def test_a_path_is_judged_as_it_will_be_asked_for(hostile, ask, raw):
    hostile.answers[ROBOTS] = raw(b"User-agent: *\nDisallow: /no/\n")
    paths = ["no/i.png", "x/../no/i.png", "x/%2e%2e/no/i.png", "./no/i.png"]
    found = ask(*(f"{hostile.root}/{path}" for path in paths))
    assert {problem.reason for problem in found} == {"robots.txt"}


def test_content_usage_in_robots_txt_is_obeyed_with_evidence(hostile, taken, raw):
    hostile.answers[ROBOTS] = raw(b"User-agent: *\nContent-Usage: /i train-ai=n\n")
    assert taken() == (
        "opted out",
        f"{hostile.root}/i.png: Content-Usage in {hostile.root}/robots.txt",
    )


def test_tdmrep_json_is_obeyed_with_evidence(hostile, taken, raw):
    hostile.answers[TDM_FILE] = raw(b'[{"location": "*.png", "tdm-reservation": 1}]')
    assert taken() == (
        "opted out",
        f"{hostile.root}/i.png: tdm-reservation in {hostile.root}{TDM_FILE}",
    )


@pytest.mark.parametrize(
    ("header", "evidence"),
    [
        ({"X_Robots_Tag": "noai"}, "X-Robots-Tag: noai"),
        ({"X_Robots_Tag": "other: all\r\nX-Robots-Tag: noml"}, "X-Robots-Tag: noml"),
        ({"TDM_Reservation": "1"}, "tdm-reservation: 1"),
        ({"Content_Usage": "train-ai=n"}, "Content-Usage: train-ai=n"),
    ],
)
def test_opt_outs_of_an_answer_are_obeyed_before_its_body_is_read(
    hostile, ask, header, evidence, raw
):
    def unending(connection: socket.socket) -> None:
        connection.sendall(raw(b"", **header | {"Content_Length": 50_000}))
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    hostile.answers["/i.png"] = unending
    (found,) = ask(f"{hostile.root}/i.png")
    assert (found.reason, found.detail) == ("opted out", f"{hostile.root}/i.png: {evidence}")


def test_what_is_not_honoured_is_not_even_asked_for(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE, X_Robots_Tag="noai")
    hostile.answers[ROBOTS] = raw(NO)
    (found,) = ask(f"{hostile.root}/i.png", honour=frozenset())
    assert (found.body, hostile.asked) == (FINE, ["/i.png"])
    (found,) = ask(f"{hostile.root}/i.png", honour=SIGNALS - {"robots.txt", "x-robots-tag"})
    assert found.body == FINE
