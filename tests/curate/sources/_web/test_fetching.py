"""Many URLs at once, from a real server."""

import threading

import pytest

from curate.sources._web import fetching
from curate.sources._web.fetcher import Answer, Limits, Wanted
from curate.sources._web.fetching import fetch

LIMITS = Limits(
    agent="Pairwright/0 (+mailto:o@c.example)",
    connections=4,
    delay=0.0,
    timeout=10.0,
    deadline=20.0,
    max_bytes=100_000,
    max_redirects=2,
    attempts=1,
    private_hosts=frozenset({"127.0.0.1"}),
)


@pytest.fixture
def urls(site, drawn) -> list[str]:
    for number in range(40):
        site.image(f"/{number}.png", drawn("circle", (number, 0, 0)))
    return [f"{site.root}/{number}.png" for number in range(40)]


def test_each_url_has_one_answer_and_its_timing(site, urls):
    site.pages["/7.png"] = (302, {"Location": f"{site.root}/8.png"}, b"")
    del site.pages["/9.png"]
    site.pages["/11.png"] = (302, {"Location": "/x"}, b"")
    site.image("/12.png", b"", X_Robots_Tag="noai")
    found = {one.place: one for one in fetch(urls, LIMITS, Wanted(), 8)}
    assert sorted(found) == list(range(40))
    assert found[7].fetch[:2] == (urls[8], 200)
    assert found[7].result.body == found[8].result.body
    assert (found[9].result.reason, *found[9].fetch[:2]) == ("http 404", urls[9], 404)
    assert (found[11].result.reason, *found[11].fetch[:2]) == ("http 404", f"{site.root}/x", 404)
    assert (found[12].result.reason, *found[12].fetch[:2]) == ("opted out", urls[12], 200)
    assert all(one.fetch.started > 1.7e9 for one in found.values())


def test_whatever_goes_wrong_costs_one_url_alone(urls):
    strange = ["http://[", "", "http://\udcff/", "http://a b/", f"http://{'x' * 300}/", "x:y"]
    found = {one.place: one.result for one in fetch([*strange, urls[0]], LIMITS, Wanted(), 8)}
    assert not any(isinstance(found[place], Answer) for place in range(len(strange)))
    assert isinstance(found[len(strange)], Answer)


def test_who_reads_no_further_asks_no_further(site, urls):
    asked = fetch(urls, LIMITS, Wanted(), 2)
    next(asked)
    asked.close()
    assert len(site.asked) < 10


def test_several_batches_may_be_fetched_by_one_process_at_the_same_time(site, urls):
    counts: list[int] = []

    def all_of(some: list[str]) -> None:
        counts.append(sum(isinstance(o.result, Answer) for o in fetch(some, LIMITS, Wanted(), 4)))

    threads = [threading.Thread(target=all_of, args=(urls[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counts == [10] * 4
    assert site.asked.count("/robots.txt") == 1


def test_connections_are_closed_when_nobody_has_fetched_for_a_while(urls, monkeypatch):
    monkeypatch.setattr(fetching, "_IDLE", 0.01)
    closed = threading.Event()
    list(fetch(urls[:2], LIMITS, Wanted(), 2))
    running = fetching._loop()

    def look() -> None:
        if running.holds(LIMITS):
            running.loop.call_later(0.01, look)
        else:
            closed.set()

    running.loop.call_soon_threadsafe(look)
    assert closed.wait(20)
    assert all(isinstance(one.result, Answer) for one in fetch(urls[:2], LIMITS, Wanted(), 2))
