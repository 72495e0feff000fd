"""No more connections are served than there is room for, and the others hear so."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.train.search._serving import asked, client, found, running, until
from train.search import connections


def test_more_connections_than_there_may_be_are_told_to_come_again(searcher, monkeypatch):
    monkeypatch.setattr(connections, "MOST", 20)
    with running(searcher) as url, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(client(url))
        until(lambda: asked(url, "about")[0] == 503)
        with ThreadPoolExecutor(40) as many:
            answers = list(many.map(lambda _: asked(url, "search", text="a red circle"), range(80)))
        assert {status for status, _, _ in answers} == {503}
        assert all(headers["Retry-After"] == "1" for _, headers, _ in answers)
        assert all(b"too many connections" in body for _, _, body in answers)
        stack.close()
        until(lambda: asked(url, "about")[0] == 200)
        assert found(url, text="a red circle", count=1)
