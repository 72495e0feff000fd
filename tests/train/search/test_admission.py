"""The service survives those who ask at once, send much, or send or read slowly."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from curate.stage.pages import Page
from tests.train.search._serving import asked, client, found, running, until
from train.search import handlers, service

MB = 1_000_000


class Slow:
    """A searcher that takes its time."""

    reranks = False

    def __init__(self, searcher):
        self._searcher = searcher

    def __len__(self):
        return len(self._searcher)

    def by_text(self, *told):
        time.sleep(0.3)
        return self._searcher.by_text(*told)

    def by_picture(self, *told):
        time.sleep(0.3)
        return self._searcher.by_picture(*told)


def head(told):
    """How a picture is begun to be sent by who asks first whether to send it."""
    lines = ["POST /search HTTP/1.1", "Host: x", told, "Expect: 100-continue"]
    return "\r\n".join([*lines, "\r\n"]).encode()


@contextmanager
def admitted(url, told):
    """A connection on which a picture may now be sent."""
    with client(url, head(told)) as own:
        assert own.recv(100) == b"HTTP/1.1 100 (Continue)\r\n\r\n"
        yield own


def resident():
    """Bytes of memory that this process, which serves and asks, has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.fixture(scope="module")
def large(searcher):
    """A picture of 8 MB."""
    picture = searcher.read(searcher.by_text("a red circle", 1)[0].image)
    return picture + bytes(8 * MB - len(picture))


def test_a_flood_is_turned_away_and_those_who_wait_are_answered(searcher):
    with running(Slow(searcher), waiting=4) as url, ThreadPoolExecutor(30) as many:
        answers = list(many.map(lambda _: asked(url, "search", text="a red circle"), range(30)))
        statuses = [status for status, _, _ in answers]
        assert set(statuses) == {200, 503}
        assert statuses.count(200) >= 4
        turned = next(headers for status, headers, _ in answers if status == 503)
        assert turned["Retry-After"] == "1"
        assert asked(url, "search", text="a red circle")[0] == 200  # afterwards all is well


def test_slow_clients_hold_up_nobody_and_are_cut_off(searcher, monkeypatch):
    monkeypatch.setattr(service, "IDLE", 0.5)
    monkeypatch.setattr(service, "SLOW", 0.5)
    with running(searcher) as url:
        host, port = url[7:-1].split(":")
        clients = [socket.create_connection((host, int(port)), 10) for _ in range(50)]
        for number, client in enumerate(clients):
            client.sendall(b"POST /search HTTP/1.1\r\nHost: x\r\n")
            if number % 2:
                client.sendall(b"Content-Length: 1000\r\n\r\nonly some")
        assert len(found(url, text="a red circle", count=2)) == 2
        for client in clients:
            client.settimeout(20)
            while client.recv(1000):
                pass  # the service closes it
            client.close()


def test_a_flood_of_pictures_takes_no_more_memory_than_there_is_room_for(searcher, large):
    with running(Slow(searcher), room=24 * MB) as url, ThreadPoolExecutor(40) as many:
        before, most, ended = resident(), [0], threading.Event()

        def watch():
            while not ended.is_set():
                most.append(resident())
                time.sleep(0.005)

        watching = threading.Thread(target=watch)
        watching.start()
        answers = list(many.map(lambda _: asked(url, "search", large), range(40)))
        ended.set()
        watching.join()
        statuses = [status for status, _, _ in answers]
        assert set(statuses) == {200, 503}
        assert all(
            (headers["Retry-After"], b"bytes of pictures are held" in body) == ("1", True)
            for status, headers, body in answers
            if status == 503
        )
        assert max(most) - before < 120 * MB  # of 320 that were sent
        for _ in range(4):
            assert asked(url, "search", large)[0] == 200  # afterwards all is well


def test_what_is_sent_half_is_held_no_longer_than_its_client_stays(searcher, large):
    with running(searcher, room=16 * MB) as url:
        with admitted(url, f"Content-Length: {16 * MB}") as own:
            own.sendall(large[: 4 * MB])
            assert asked(url, "search", large)[0] == 503
            assert found(url, text="a red circle", count=1)  # other questions are answered
        until(lambda: asked(url, "search", large)[0] == 200)


def test_who_asks_first_whether_to_send_is_told_at_once(searcher):
    with running(searcher, room=8 * MB) as url:
        with (
            admitted(url, f"Content-Length: {8 * MB}"),
            client(url, head("Content-Length: 9")) as o,
        ):
            assert o.recv(100).startswith(b"HTTP/1.1 503 ")
        with client(url, head(f"Content-Length: {21 * MB}")) as own:
            assert own.recv(100).startswith(b"HTTP/1.1 413 ")


def test_pieces_of_unknown_number_have_room_for_the_most_that_they_may_be(searcher, large):
    with running(searcher, room=20 * MB) as url:
        with admitted(url, "Transfer-Encoding: chunked") as own:
            assert asked(url, "search", large)[0] == 503
            own.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large))
            assert own.recv(100).startswith(b"HTTP/1.1 200 ")
        assert asked(url, "search", large)[0] == 200


def test_who_does_not_read_the_answer_is_cut_off_and_holds_no_more_than_there_is_room_for(
    searcher, monkeypatch
):
    monkeypatch.setattr(handlers, "READ", 1.0)
    monkeypatch.setattr(handlers, "SLOWEST", 1000 * MB)
    pages = {"long": Page("Long", lambda _: b" " * 30 * MB, "default-src 'none'")}
    get = b"GET /long/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with (
        running(searcher, pages, room=70 * MB) as url,
        client(url, get, 4096) as one,
        client(url, get, 4096) as other,
    ):
        assert all(own.recv(12) == b"HTTP/1.1 200" for own in (one, other))
        status, headers, _ = asked(url, "long/")
        assert (status, headers["Retry-After"]) == (503, "1")
        until(lambda: asked(url, "long/")[0] == 200)  # after a second they hold nothing
        assert len(asked(url, "long/")[2]) == 30 * MB
        for own in (one, other):
            assert _read(own) < 30 * MB


def _read(own):
    """Bytes that come until the end."""
    number = 0
    try:
        while data := own.recv(MB):
            number += len(data)
    except ConnectionError:
        pass
    return number


def test_who_leaves_before_the_answer_has_left_holds_nothing_any_more(searcher):
    pages = {"long": Page("Long", lambda _: b" " * 30 * MB, "default-src 'none'")}
    get = b"GET /long/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with running(searcher, pages, room=40 * MB) as url:
        for _ in range(5):
            with client(url, get, 4096) as own:
                assert own.recv(12) == b"HTTP/1.1 200"
                assert asked(url, "long/")[0] == 503
            until(lambda: asked(url, "long/")[0] == 200)
