"""A service that runs, and questions to it."""

import asyncio
import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from train.search import service
from train.search.admission import Answers


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


@contextmanager
def client(url, sent=b"", buffer=None):
    """A connection on which something was sent."""
    host, port = url[7:-1].split(":")
    with socket.socket() as own:
        if buffer:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        own.settimeout(20)
        own.connect((host, int(port)))
        own.sendall(sent)
        yield own


def until(said, seconds=10):
    """Wait for what comes true soon."""
    begun = time.monotonic()
    while not said():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)
