"""The service answers questions, and survives those who ask badly, at once or slowly."""

import asyncio
import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from curate.dataset.errors import DataError, SourceError
from curate.stage.pages import Page
from train.search import service
from train.search.handlers import Answers


@contextmanager
def running(searcher, pages=None, **waiting):
    """The service on a thread of its own; gives its URL."""
    urls, ended = [], []
    ready = threading.Event()

    def work():
        async def answering():
            stop = asyncio.Event()
            ended.append((asyncio.get_running_loop(), stop))
            answers = Answers(searcher, **waiting)
            server, url = service.listen(answers, "127.0.0.1", 0, pages)
            urls.append(url)
            ready.set()
            await stop.wait()
            server.stop()
            await server.close_all_connections()

        asyncio.run(answering())

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(30)
    yield urls[0]
    loop, stop = ended[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)


@pytest.fixture(scope="module")
def searcher(indexed):
    return indexed.searcher()


@pytest.fixture(scope="module")
def url(searcher):
    with running(searcher) as found:
        yield found


def asked(url, path, data=None, **query):
    """Status, headers and body of an answer."""
    request = urllib.request.Request(f"{url}{path}?{urllib.parse.urlencode(query)}", data=data)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def found(url, path="search", data=None, **query):
    status, _, body = asked(url, path, data, **query)
    assert status == 200, body
    return json.loads(body)["hits"]


def refused(url, data=None, **query):
    status, headers, body = asked(url, "search", data, **query)
    assert headers["Content-Type"].startswith("application/json")
    return status, json.loads(body)["error"]


def test_a_text_finds_what_the_searcher_finds(url, searcher):
    hits = found(url, text="ein roter Kreis", count=5, language="de")
    assert hits == [hit._asdict() for hit in searcher.by_text("ein roter Kreis", 5, language="de")]
    assert len(found(url, text="a red circle")) == 20


def test_a_picture_is_shown_and_finds_itself(url, searcher):
    name = found(url, text="a red circle", count=1)[0]["image"]
    status, headers, data = asked(url, f"picture/{name}")
    assert (status, headers["Content-Type"], data) == (200, "image/png", searcher.read(name))
    assert "immutable" in headers["Cache-Control"]
    assert found(url, data=data, count=3)[0]["image"] == name
    assert name not in [hit["image"] for hit in found(url, like=name, count=3)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "text, or like"),
        ({"text": "a", "like": "b"}, "text, or like"),
        ({"text": " "}, "blank"),
        ({"text": "a" * 1001}, "1001 characters, more than 1000"),
        ({"text": "a", "count": "0"}, "count is '0', not a number from 1 to 100"),
        ({"text": "a", "count": "many"}, "count is 'many'"),
        ({"text": "a", "count": "9" * 30}, "not a number from 1 to 100"),
        ({"text": "a", "rerank": "yes"}, "rerank is 'yes', not 0 or 1"),
        ({"text": "a", "rerank": "1"}, "no model was named"),
        ({"text": "a", "cuont": "3"}, "unknown: cuont (known: text, like, count"),
    ],
)
def test_a_bad_question_is_answered_with_what_is_wrong(url, query, said):
    status, error = refused(url, **query)
    assert status == 400
    assert said in error


def test_what_is_not_there_is_not_found(url):
    assert refused(url, like="f" * 32)[0] == 404
    for path in ("picture/" + "f" * 32, "picture/..%2f..%2fparams.yaml", "page.py", "nowhere"):
        status, _, body = asked(url, path)
        assert status == 404
        assert json.loads(body)["error"]


def test_a_body_that_is_no_picture_or_too_large_is_refused(url):
    status, error = refused(url, data=b"no picture")
    assert status == 400
    assert "no picture that can be read" in error
    assert refused(url, data=b"x", text="a")[0] == 400
    status, error = refused(url, data=b"x" * 20_000_001)
    assert status == 413
    assert error == "the body has 20,000,001 bytes, more than 20,000,000"
    assert found(url, text="a red circle", count=1)


def test_nothing_foreign_is_run_or_guessed(url):
    for path in ("", "page.js", "about", "search"):
        headers = asked(url, path)[1]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"


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


def test_an_address_in_use_is_said(searcher, url):
    port = int(url[:-1].rpartition(":")[2])
    with pytest.raises(SourceError, match=rf"cannot listen at 127.0.0.1:{port}.*--port"):
        asyncio.run(_listened(searcher, port))


async def _listened(searcher, port):
    service.listen(Answers(searcher), "127.0.0.1", port)


SETTLED = """
new Promise(done => {
  const look = () => {
    const state = document.getElementById("state");
    if (state.textContent && state.textContent !== "Searching") done(%s);
    else setTimeout(look, 20);
  };
  look();
})
"""


def test_the_page_shows_pictures_with_their_captions(browser, url, searcher):
    wanted = searcher.by_text("a red circle", 20, language="en")
    script = (
        SETTLED
        % """({
      cards: [...document.querySelectorAll("#hits li")].map(card => [
        card.querySelector("img").src, card.querySelector("img").alt,
        card.querySelector("p").textContent]),
      wrong: document.getElementById("state").className,
      said: document.getElementById("state").textContent,
      wide: document.documentElement.scrollWidth <= innerWidth,
      rerank: document.getElementById("look").hidden,
    })"""
    )
    for width in (1280, 375):
        seen = browser.look(f"{url}?text=a+red+circle", script, width)
        assert seen["errors"] == []
        value = seen["value"]
        told = [(f"{url}picture/{h.image}", *[h.pairs[0]["caption"]] * 2) for h in wanted]
        assert [tuple(card) for card in value["cards"]] == told
        assert value["wrong"] == ""
        assert value["said"].startswith("20 pictures for “a red circle”, in ")
        assert value["wide"]
        assert value["rerank"]  # there is no model for it
        assert all(
            request.startswith(("http://127.0.0.1", "data:")) for request in seen["requests"]
        )


def test_the_page_says_what_is_wrong(browser, url):
    script = SETTLED % "[document.getElementById('state').textContent, hits.children.length]"
    seen = browser.look(f"{url}?text=+", script)
    assert seen["value"] == ["nothing is asked for: the text is blank", 0]


def test_a_form_sent_and_a_picture_liked_are_answered_and_can_be_gone_back_from(browser, url):
    script = f"""
    (async () => {{
      const settled = () => {SETTLED % "document.getElementById('state').textContent"};
      text.value = "a blue square";
      document.querySelector("#question button").click();
      const first = await settled();
      document.querySelector("#hits button").click();
      const second = await settled();
      history.back();
      await new Promise(done => setTimeout(done, 300));
      return [first, second, await settled(), text.value];
    }})()"""
    first, second, third, text = browser.look(url, script)["value"]
    assert first.startswith("20 pictures for “a blue square”")
    assert second.startswith("20 pictures like it")
    assert third.startswith("20 pictures for “a blue square”")
    assert text == "a blue square"


def _told(rest):
    if rest == "f" * 32:
        raise DataError("no such pair")
    return f"<!doctype html><html lang=en><title>t</title><p>pair {rest}</html>".encode()


PAGES = {
    "report": Page("Report", _told, "default-src 'none'"),
    "why": Page("Why", _told, "default-src 'none'", of_pair=True),
}


def test_further_pages_stand_beside_the_search_with_policies_of_their_own(searcher):
    with running(searcher, PAGES) as url:
        status, headers, body = asked(url, "report/")
        assert (status, headers["Content-Security-Policy"]) == (200, "default-src 'none'")
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"pair " in body
        uid = found(url, text="a red circle", count=1)[0]["pairs"][0]["uid"]
        assert f"pair {uid}".encode() in asked(url, f"why/{uid}")[2]
        status, _, body = asked(url, "why/" + "f" * 32)
        assert (status, json.loads(body)) == (404, {"error": "no such pair"})
        for path in ("report/x", "why/", "why/..%2fx", "why/xyz"):
            assert asked(url, path)[0] == 404
        told = json.loads(asked(url, "about")[2])["pages"]
        assert [(page["name"], page["of_pair"]) for page in told] == [
            ("report", False),
            ("why", True),
        ]


def test_the_page_leads_to_further_pages_and_each_picture_to_its_pair(browser, axe, searcher):
    script = (
        SETTLED
        % f"""(async () => {{ {axe};
      const of = (place) => [...document.querySelectorAll(place)].map(a => a.href);
      return [of("#pages a"), of("#hits a"), (await axe.run()).violations]; }})()"""
    )
    with running(searcher, PAGES) as url:
        seen = browser.look(f"{url}?text=a+red+circle", script)
        assert seen["errors"] == []
        pages, pairs, violations = seen["value"]
        assert pages == [f"{url}report/"]
        wanted = [
            hit.pairs[0]["uid"] for hit in searcher.by_text("a red circle", 20, language="en")
        ]
        assert pairs == [f"{url}why/{uid}" for uid in wanted]
        assert violations == []


def test_all_can_use_the_page(browser, axe, url):
    script = SETTLED % f"(async () => {{ {axe}; return (await axe.run()).violations; }})()"
    for scheme in ("light", "dark"):
        seen = browser.look(
            f"{url}?text=a+red+circle", script, media={"prefers-color-scheme": scheme}
        )
        assert seen["value"] == []
