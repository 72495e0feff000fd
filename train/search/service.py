"""A searcher in; an HTTP service with a page to search by, out: `/`, `/search`, `/picture/NAME`.

Beside them are the pages of all packages (`curate.stage.pages`), each at its name: `/report/`,
`/why/UID`.

    GET  /search?text=a lemon&count=20&rerank=1&language=de
    GET  /search?like=NAME
    POST /search?count=20                  the bytes of a picture are the body
    -> {"took_ms": 3.1, "hits": [{"image", "similarity", "match", "pairs": [...]}]}

Bad questions are answered with 400 and what is wrong, what is not there with 404, a picture that
is too large with 413. More connections, questions or bytes at once than can wait their turn are
answered with 503. Clients that send or read slowly are cut off, and none holds up the others:
models run on threads of their own.
"""

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tornado.netutil import bind_sockets
from tornado.web import Application

from curate.dataset.errors import SourceError
from curate.stage.pages import Page
from train.search.admission import THREADS, Answers
from train.search.connections import Server
from train.search.handlers import About, Further, Missing, Picture, Search, Static
from train.search.searcher import Searcher

PAGE = Path(__file__).with_name("page")
_HEAD = 16_384  # bytes of headers, and of a body that nobody asked for
_BUFFER = 131_072  # bytes of a connection that were not looked at
IDLE, SLOW = 20, 10  # s without a question; s that a body may take
_PAGES = 8  # further pages that wait, on threads of their own: they are slow


def application(answers: Answers, pages: Mapping[str, Page] | None = None) -> Application:
    """The service's paths."""
    shared, further = {"answers": answers}, pages or {}
    slow = Answers(answers.searcher, _PAGES, answers.room)
    return Application(
        [
            *(
                (_path(name, page), Further, {"answers": slow, "page": page})
                for name, page in further.items()
            ),
            (r"/search", Search, shared),
            (r"/picture/([0-9a-f]{1,64})", Picture, shared),
            (r"/about", About, {**shared, "pages": further}),
            (r"/(|page\.js|page\.css)", Static, {"path": PAGE, "default_filename": "page.html"}),
        ],
        default_handler_class=Missing,
        default_handler_args=shared,
    )


def _path(name: str, page: Page) -> str:
    """The paths of a page, as an expression."""
    return rf"/{re.escape(name)}/({'[0-9a-f]{1,64}' if page.of_pair else ''})"


def listen(
    answers: Answers, host: str, port: int, pages: Mapping[str, Page] | None = None
) -> tuple[Server, str]:
    """Begin to answer, in the loop that runs.

    Args:
        answers: whom to ask.
        host: address to listen at.
        port: 0: any that is free.
        pages: further ones, by name.

    Returns:
        The server, and its URL.

    Raises:
        SourceError: the address cannot be listened at.
    """
    server = Server(
        application(answers, pages),
        max_body_size=_HEAD,
        max_buffer_size=_BUFFER,
        max_header_size=_HEAD,
        idle_connection_timeout=IDLE,
        body_timeout=SLOW,
    )
    try:
        sockets = bind_sockets(port, host)
    except OSError as error:
        raise SourceError(
            f"cannot listen at {host}:{port}: {error}; name another --port"
        ) from error
    server.add_sockets(sockets)
    return server, f"http://{host}:{sockets[0].getsockname()[1]}/"


def serve(
    searcher: Searcher,
    host: str,
    port: int,
    ready: Callable[[str], None],
    pages: Mapping[str, Page] | None = None,
) -> None:
    """Answer until the process is ended; `ready` is told the URL.

    Raises:
        SourceError: the address cannot be listened at.
    """
    import torch

    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // THREADS))  # each asks a model
    searcher.by_text("warm", 1, searcher.reranks)  # what is loaded at first is loaded now

    async def answering() -> None:
        ready(listen(Answers(searcher), host, port, pages)[1])
        await asyncio.Event().wait()

    asyncio.run(answering())
