"""What a fetcher bears and what it refuses: a hostile server on loopback, one test a promise."""

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from curate.sources._web.fetcher import Answer, Limits, NotTaken, Wanted

IMAGES = Wanted(kinds=("image/",))
FINE = b"a picture"


def reason(found: Any) -> str:
    """Why a URL was not taken; "" if it was."""
    return found.reason if isinstance(found, NotTaken) else ""


def forever(*parts: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """An answer that starts with some parts and repeats the last until the client goes."""

    def answer(connection: socket.socket) -> None:
        for part in parts[:-1]:
            connection.sendall(part)
        while True:
            connection.sendall(parts[-1])
            time.sleep(pause)

    return answer


OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


def test_a_server_that_sends_its_body_byte_by_byte_is_left_at_the_deadline(hostile, ask):
    hostile.answers["/i.png"] = forever(OPEN + b"\r\n", b"x", pause=0.05)
    (found,) = ask(f"{hostile.root}/i.png", deadline=0.6, attempts=3)
    assert (reason(found), found.detail) == (
        "too slow",
        f"{hostile.root}/i.png: no whole answer by the deadline",
    )
    assert hostile.left.wait(10)
    assert hostile.asked.count("/i.png") == 1


def test_a_server_that_sends_its_headers_byte_by_byte_is_left_at_the_deadline(hostile, ask):
    hostile.answers["/i.png"] = forever(OPEN + b"X-Slow: ", b"x", pause=0.05)
    (found,) = ask(f"{hostile.root}/i.png", deadline=0.6)
    assert reason(found) == "too slow"
    assert hostile.left.wait(10)


def test_the_deadline_holds_for_all_attempts_of_a_url_together(hostile, ask, raw):
    def late(connection: socket.socket) -> None:
        time.sleep(0.4)
        connection.sendall(raw(b"", "500 Broken"))

    hostile.answers["/i.png"] = late
    (found,) = ask(f"{hostile.root}/i.png", deadline=1.0, attempts=20)
    assert reason(found) == "too slow"
    assert hostile.asked.count("/i.png") <= 3


def test_a_server_that_says_nothing_is_left_long_before_the_deadline(hostile, ask):
    silent = threading.Event()
    hostile.answers["/i.png"] = lambda _: silent.wait(30)
    start = time.monotonic()
    (found,) = ask(f"{hostile.root}/i.png", timeout=1.0, deadline=25.0)
    silent.set()
    assert (reason(found), found.detail) == (
        "too slow",
        f"{hostile.root}/i.png: silent for too long",
    )
    assert time.monotonic() - start < 20


@pytest.fixture
def unreachable() -> Iterator[str]:
    """A URL whose host leaves connections pending: its queue is full and is never emptied."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        waiting = []
        for _ in range(8):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}/i.png"
        for client in waiting:
            client.close()


def test_a_host_that_does_not_connect_is_left_long_before_the_deadline(unreachable, ask):
    start = time.monotonic()
    (found,) = ask(unreachable, honour=frozenset(), connect=0.3, deadline=25.0)
    assert (reason(found), found.detail) == ("too slow", f"{unreachable}: no connection in time")
    assert time.monotonic() - start < 20


def test_a_body_without_end_is_left_at_the_limit(hostile, ask):
    hostile.answers["/i.png"] = forever(OPEN + b"\r\n", bytes(65536))
    (found,) = ask(f"{hostile.root}/i.png")
    assert reason(found) == "too big"
    assert hostile.left.wait(10)


def test_headers_without_end_are_left(hostile, ask):
    hostile.answers["/i.png"] = forever(OPEN, b"X-More: " + b"x" * 8000 + b"\r\n")
    (found,) = ask(f"{hostile.root}/i.png")
    assert reason(found) == "too big"
    assert hostile.left.wait(10)


def test_a_body_that_says_it_is_too_big_is_not_read(hostile, ask):
    hostile.answers["/i.png"] = forever(OPEN + b"Content-Length: 400000000\r\n\r\n", bytes(65536))
    (found,) = ask(f"{hostile.root}/i.png")
    assert (reason(found), hostile.left.wait(10)) == ("too big", True)


def test_what_is_not_of_the_wanted_type_is_not_read(hostile, ask):
    hostile.answers["/i.png"] = forever(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"x")
    (found,) = ask(f"{hostile.root}/i.png", wanted=IMAGES)
    assert (reason(found), hostile.left.wait(10)) == ("content type", True)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_compressed_body_is_counted_as_it_comes_out(hostile, ask, raw, layers):
    body = bytes(50_000_000)
    for _ in range(layers):
        body = gzip.compress(body, 9)
    assert len(body) < 100_000
    encoding = ", ".join(["gzip"] * layers)
    hostile.answers["/i.png"] = raw(body, Content_Encoding=encoding)
    (found,) = ask(f"{hostile.root}/i.png")
    assert reason(found) == "too big"


def test_a_compressed_body_that_fits_is_taken_unpacked(hostile, ask, raw):
    hostile.answers["/p.html"] = raw(gzip.compress(FINE), Content_Encoding="gzip")
    (found,) = ask(f"{hostile.root}/p.html")
    assert found.body == FINE


def test_a_body_that_is_no_gzip_though_it_says_so_is_not_asked_for_again(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE, Content_Encoding="gzip")
    (found,) = ask(f"{hostile.root}/i.png", attempts=3)
    assert (reason(found), hostile.asked.count("/i.png")) == ("no answer", 1)


def test_a_body_that_ends_early_is_asked_for_again_and_never_taken(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE, Content_Length=len(FINE) + 1)
    (found,) = ask(f"{hostile.root}/i.png", attempts=3)
    assert (reason(found), hostile.asked.count("/i.png")) == ("no answer", 3)


def test_a_connection_that_breaks_once_is_made_again(hostile, ask, raw):
    def reset(connection: socket.socket) -> None:
        hostile.answers["/i.png"] = raw(FINE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    hostile.answers["/i.png"] = reset
    (found,) = ask(f"{hostile.root}/i.png", attempts=2)
    assert found.body == FINE


@pytest.mark.parametrize(
    "start", [b"", b"HELLO\r\n\r\n", b"\0" * 100, b"HTTP/9.9 zzz\r\n\r\n", b"HTTP/1.1 200"]
)
def test_what_is_no_http_is_no_answer(hostile, ask, start):
    hostile.answers["/i.png"] = start
    assert reason(ask(f"{hostile.root}/i.png")[0]) == "no answer"


def test_a_redirect_loop_is_left_after_a_few_turns(hostile, ask, raw):
    hostile.answers["/a"] = raw(b"", "302 Found", Location="/b")
    hostile.answers["/b"] = raw(b"", "307 Moved", Location="/a")
    (found,) = ask(f"{hostile.root}/a")
    assert reason(found) == "redirects"
    assert (hostile.asked.count("/a"), hostile.asked.count("/b")) == (2, 2)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://localhost:{port}/secret", "private address"),
        ("http://2130706433:{port}/secret", "private address"),
        ("http://0x7f.1:{port}/secret", "private address"),
        ("http://[::ffff:127.0.0.1]:{port}/secret", "private address"),
        ("http://0.0.0.0:{port}/secret", "private address"),
        ("http://169.254.169.254/latest/meta-data/", "private address"),
        ("http://[fe80::1]/", "private address"),
        ("file:///etc/hostname", "scheme"),
        ("data:image/png;base64,aaaa", "scheme"),
        ("ftp://127.0.0.1/", "scheme"),
        ("http://127.0.0.1\\@a.example/", "no url"),
        ("http://[::1", "no url"),
    ],
)
def test_a_redirect_leads_nowhere_that_a_link_may_not(hostile, ask, raw, location, why):
    hostile.answers["/a"] = raw(b"", "302 Found", Location=location.format(port=hostile.port))
    hostile.answers["/secret"] = raw(FINE)
    (found,) = ask(f"{hostile.root}/a", private_hosts=frozenset({"127.0.0.1"}))
    assert reason(found) == why
    assert "/secret" not in hostile.asked


def test_a_redirect_keeps_to_the_wanted_hosts_and_their_robots_txt(hostile, ask, raw):
    async def here(_: str) -> list[str]:
        return ["127.0.0.1"]

    hostile.answers["/robots.txt"] = raw(b"User-agent: *\nDisallow: /no\n")
    hostile.answers["/a"] = raw(b"", "302 Found", Location=f"http://b.example:{hostile.port}/no")
    url = f"http://a.example:{hostile.port}/a"
    assert reason(ask(url, lookup=here)[0]) == "robots.txt"
    only = Wanted(hosts=frozenset({"a.example"}))
    assert reason(ask(url, lookup=here, wanted=only)[0]) == "other host"
    assert "/no" not in hostile.asked


def test_what_a_redirect_says_against_its_use_is_believed(hostile, ask, raw):
    hostile.answers["/a"] = raw(b"", "301 Moved", Location="/b", X_Robots_Tag="noai")
    hostile.answers["/b"] = raw(FINE)
    (found,) = ask(f"{hostile.root}/a")
    assert (reason(found), found.detail) == ("opted out", f"{hostile.root}/a: X-Robots-Tag: noai")
    assert "/b" not in hostile.asked


@pytest.mark.parametrize(("trouble", "last"), [(0.0, ""), (60.0, "robots.txt")])
def test_a_robots_txt_that_failed_is_asked_for_again_after_a_while(
    hostile, ask, raw, trouble, last
):
    codes = ["503 Busy", "503 Busy"]

    def answer(connection: socket.socket) -> None:
        connection.sendall(raw(b"", codes.pop()) if codes else raw(b""))

    hostile.answers |= {"/robots.txt": answer, "/1": raw(FINE), "/2": raw(FINE)}
    urls = [f"{hostile.root}/{number}" for number in (1, 2)]
    found = ask(*urls, in_turn=True, trouble=trouble, attempts=2)
    assert [*map(reason, found)] == ["robots.txt", last]
    assert hostile.asked.count("/robots.txt") == (2 if last else 3)


@pytest.mark.parametrize(("trouble", "last"), [(0.0, ""), (60.0, "no answer")])
def test_a_name_that_was_not_found_is_looked_up_again_after_a_while(
    hostile, ask, raw, trouble, last
):
    known: list[list[str]] = [["127.0.0.1"], []]

    async def lookup(_: str) -> list[str]:
        return known[0] if len(known) == 1 else known.pop()

    hostile.answers["/i.png"] = raw(FINE)
    url = f"http://a.example:{hostile.port}/i.png"
    found = ask(url, url, in_turn=True, trouble=trouble, lookup=lookup)
    assert [*map(reason, found)] == ["no answer", last]


def test_a_server_that_fails_and_then_works_is_asked_again(hostile, ask, raw):
    codes = ["500 Broken", "502 Bad Gateway", "503 Busy", "504 Late"]

    def answer(connection: socket.socket) -> None:
        connection.sendall(raw(b"", codes.pop()) if codes else raw(FINE))

    hostile.answers["/i.png"] = answer
    (found,) = ask(f"{hostile.root}/i.png", attempts=5)
    assert (found.body, hostile.asked.count("/i.png")) == (FINE, 5)


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "403 No", "404 Gone", "410 Gone"])
def test_an_answer_that_will_not_change_is_not_asked_for_again(hostile, ask, raw, status):
    hostile.answers["/i.png"] = raw(b"", status)
    (found,) = ask(f"{hostile.root}/i.png", attempts=3)
    assert (reason(found), hostile.asked.count("/i.png")) == (f"http {status[:3]}", 1)


@pytest.mark.parametrize("name", ["User-Agent", "Cookie", "Authorization"])
def test_a_request_says_who_we_are_and_nothing_else(hostile, ask, raw, name):
    hostile.answers["/a"] = raw(b"", "302 Found", Location="/i.png", Set_Cookie="id=1")
    hostile.answers["/i.png"] = raw(FINE)
    ask(f"http://user:word@127.0.0.1:{hostile.port}/a")
    said = {line for head in hostile.heads for line in head.split("\r\n") if line.startswith(name)}
    agent = {"User-Agent: Pairwright/0.1 (+mailto:owner@crawler.example)"}
    assert said == (agent if name == "User-Agent" else set())


def test_a_proxy_of_the_environment_is_not_asked(hostile, ask, raw, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    hostile.answers["/i.png"] = raw(FINE)
    assert ask(f"{hostile.root}/i.png")[0].body == FINE


def test_an_answer_says_where_it_came_from(hostile, ask, raw):
    hostile.answers["/a"] = raw(b"", "301 Moved", Location="/ä b?q=1#part")
    hostile.answers["/%C3%A4%20b?q=1"] = raw(FINE, X_Twice="1\r\nX-Twice: 2")
    (found,) = ask(f"{hostile.root}/a")
    assert isinstance(found, Answer)
    assert found.url == f"{hostile.root}/%C3%A4%20b?q=1"
    assert (found.status, found.version, found.headers["x-twice"]) == (200, "1.1", "1\n2")


def test_limits_have_a_default_wherever_a_crawl_need_not_choose():
    needed = {"agent", "connections", "delay", "timeout", "deadline", "max_bytes"}
    needed |= {"max_redirects", "attempts"}
    assert Limits(**dict.fromkeys(needed, 1)).at_once > 1
