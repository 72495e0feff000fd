"""Few requests at once to one host, many hosts at the same time."""

import asyncio
import itertools
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

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


def test_hosts_that_nobody_asks_any_more_are_forgotten_and_their_pauses_are_not(monkeypatch):
    async def run() -> None:
        known = turns.Turns(connections=1, at_once=1, longest=60.0, file=None)
        busy = known.host("busy", 0.0)
        known.pause(known.host("spared", 0.0), 100.0)
        async with known.turn(busy):
            for n in range(20):
                known.host(f"host{n}", 0.0)
            assert known.host("busy", 0.0) is busy
        assert len(known._hosts) == 3
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), known.turn(known.host("spared", 0.0)):
                pass
        known.close()

    monkeypatch.setattr(turns, "_MOST", 3)
    asyncio.run(run())


EACH = 30  # pictures for each process
FETCHING = """
import json, sys
from curate.sources._web.fetching import fetch
from curate.sources._web.limits import Answer, Limits, Wanted
print("ready", flush=True)
limits, urls = json.loads(sys.stdin.readline())
limits = Limits(**limits | {"private_hosts": frozenset(["127.0.0.1"]), "honour": frozenset()})
found = [one.result for one in fetch(urls, limits, Wanted(), 64)]
print(sum(isinstance(result, Answer) for result in found))
"""


@pytest.fixture
def both(tmp_path, hostile):
    """Two processes ask the server for pictures, at the same time."""

    def run(each: int = EACH, **limits: Any) -> None:
        usual = {"agent": "x", "connections": 4, "delay": 0.0, "timeout": 10.0, "deadline": 60.0}
        usual |= {"max_bytes": 1000, "max_redirects": 1, "attempts": 2, "pause": 0.01}
        root = Path(turns.__file__).parents[3]
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", FETCHING],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=root,
                text=True,
            )
            for _ in range(2)
        ]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
        for number, process in enumerate(processes):
            urls = [f"{hostile.root}/{number}/{n}.png" for n in range(each)]
            given = usual | limits | {"turns": str(tmp_path / "turns")}
            process.stdin.write(json.dumps([given, urls]) + "\n")
            process.stdin.flush()
        assert [process.communicate(timeout=60)[0] for process in processes] == [f"{each}\n"] * 2

    return run


def paths() -> list[str]:
    return [f"/{process}/{n}.png" for process in range(2) for n in range(EACH)]


def test_two_processes_together_have_few_connections_to_one_host(both, hostile, raw):
    hostile.answers = dict.fromkeys(paths(), raw(FINE))
    hostile.seconds = 0.02
    both(connections=3)
    assert sorted(hostile.asked) == sorted(paths())
    assert hostile.most == 3
    assert {path[:2] for path in hostile.asked[:EACH]} == {
        "/0",
        "/1",
    }  # neither waits for the other


def test_the_delay_lies_between_requests_of_different_processes(both, hostile, raw):
    hostile.answers = dict.fromkeys(paths(), raw(FINE))
    both(each=4, delay=0.5)
    assert len(hostile.times) == 8
    gaps = [b - a for a, b in itertools.pairwise(sorted(hostile.times))]
    assert min(gaps) > 0.3  # a busy machine may hold up the one before
    assert sum(gaps) / len(gaps) < 0.8


def test_a_process_keeps_a_pause_that_another_was_asked_for(both, hostile, raw):
    def busy(connection: socket.socket) -> None:
        hostile.answers |= dict.fromkeys(paths(), raw(FINE))
        connection.sendall(raw(b"", "429 Too Many Requests", Retry_After=2))

    hostile.answers = dict.fromkeys(paths(), busy)
    both(connections=1)
    first, second = sorted(hostile.times)[:2]
    assert second - first > 1.9
