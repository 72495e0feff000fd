"""Few requests at once to one host, many hosts at the same time."""

import socket
import threading

from curate.sources._web import turns

FINE = b"a picture"


async def here(_: str) -> list[str]:
    """Every name is this machine."""
    return ["127.0.0.1"]


def test_one_host_has_few_connections_at_once(hostile, ask, raw):
    hostile.answers |= {f"/{n}": raw(FINE) for n in range(30)}
    found = ask(*(f"{hostile.root}/{n}" for n in range(30)), connections=2)
    assert [answer.body for answer in found] == [FINE] * 30
    assert hostile.most <= 2


def test_many_hosts_are_asked_at_once(hostile, ask, raw):
    together = threading.Barrier(8, timeout=20)

    def answer(connection: socket.socket) -> None:
        together.wait()  # nobody is answered before all have been asked
        connection.sendall(raw(FINE))

    hostile.answers["/i.png"] = answer
    urls = [f"http://host{n}.example:{hostile.port}/i.png" for n in range(8)]
    found = ask(*urls, connections=1, lookup=here)
    assert [answer.body for answer in found] == [FINE] * 8


def test_no_more_hosts_than_allowed_are_asked_at_once(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    urls = [f"http://host{n}.example:{hostile.port}/i.png" for n in range(12)]
    found = ask(*urls, at_once=3, lookup=here)
    assert [answer.body for answer in found] == [FINE] * 12
    assert hostile.most <= 3


def test_a_host_that_does_not_answer_holds_up_no_other(hostile, ask, raw):
    released = threading.Event()

    def stuck(_: socket.socket) -> None:
        released.wait(30)

    def answer(connection: socket.socket) -> None:
        connection.sendall(raw(FINE))
        released.set()

    hostile.answers |= {"/stuck": stuck, "/i.png": answer}
    urls = [f"http://a.example:{hostile.port}/stuck", f"http://b.example:{hostile.port}/i.png"]
    _, found = ask(*urls, lookup=here)
    assert found.body == FINE


def test_the_delay_lies_between_requests_to_a_host_and_not_between_hosts(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    urls = [f"http://{name}.example:{hostile.port}/i.png" for name in ("a", "b")]
    ask(*urls, delay=0.4, honour=frozenset(), lookup=here)
    ask(urls[0], f"{urls[0]}?2", delay=0.4, honour=frozenset(), lookup=here)
    a, b, first, second = hostile.times
    assert second - first > 0.35
    assert abs(b - a) < second - first


def test_hosts_that_nobody_asks_any_more_are_forgotten_and_others_are_not(monkeypatch):
    monkeypatch.setattr(turns, "_MOST", 3)
    known = turns.Turns(connections=1, at_once=1)
    spared = known.host("spared", 0.0)
    spared.pause(100.0)
    for n in range(20):
        known.host(f"host{n}", 0.0)
    assert known.host("spared", 0.0) is spared
    assert len(known._hosts) == 3
