"""A host that asks us to wait is waited for, within reason."""

import email.utils
import socket
import time

import pytest

from curate.sources._web.fetcher import NotTaken

FINE = b"a picture"


def why(found: object) -> str:
    """The reason for which a URL was not taken."""
    assert isinstance(found, NotTaken)
    return found.reason


@pytest.mark.parametrize("stated", ["1", "date"])
def test_429_with_retry_after_is_obeyed(hostile, ask, raw, stated):
    if stated == "date":
        stated = email.utils.formatdate(time.time() + 2, usegmt=True)

    def busy(connection: socket.socket) -> None:
        hostile.answers["/i.png"] = raw(FINE)
        connection.sendall(raw(b"", "429 Too Many Requests", Retry_After=stated))

    hostile.answers["/i.png"] = busy
    (found,) = ask(f"{hostile.root}/i.png", attempts=2)
    first, second = hostile.times_of("/i.png")
    assert (found.body, second - first > 0.9) == (FINE, True)


def test_a_host_that_is_overloaded_is_left_alone_by_all_requests(hostile, ask, raw):
    def busy(connection: socket.socket) -> None:
        connection.sendall(raw(b"", "503 Busy", Retry_After=1))

    hostile.answers["/busy.png"] = busy
    hostile.answers["/other.png"] = raw(FINE)
    urls = [f"{hostile.root}/busy.png", f"{hostile.root}/other.png"]
    ask(*urls, attempts=2, connections=1)
    (first, _), (other,) = hostile.times_of("/busy.png"), hostile.times_of("/other.png")
    assert other - first > 0.9


@pytest.mark.parametrize(
    "stated", ["3600", "9" * 400, "Fri, 31 Dec 2100 23:59:59 GMT"], ids=["s", "overflow", "date"]
)
def test_a_server_that_wants_an_hour_is_not_waited_for(hostile, ask, raw, stated):
    hostile.answers["/i.png"] = raw(b"", "429 Too Many Requests", Retry_After=stated)
    (found,) = ask(f"{hostile.root}/i.png", attempts=3)
    assert (why(found), hostile.asked.count("/i.png")) == ("asked to wait", 1)


@pytest.mark.parametrize("stated", ["", "soon", "-5", "²", "Tue, 99 Foo 2030"])
def test_a_retry_after_that_says_nothing_is_a_short_pause(hostile, ask, raw, stated):
    hostile.answers["/i.png"] = raw(b"", "503 Busy", Retry_After=stated)
    (found,) = ask(f"{hostile.root}/i.png", attempts=2)
    assert (why(found), hostile.asked.count("/i.png")) == ("http 503", 2)
