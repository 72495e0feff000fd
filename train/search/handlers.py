"""Questions over HTTP in; what a searcher finds, pictures, further pages, or what is wrong, out."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tornado.web import HTTPError, RequestHandler, StaticFileHandler, stream_request_body

from curate.dataset import pixels
from curate.stage.pages import Page
from train.search.admission import Answers
from train.search.searcher import Hit

MOST, TEXT, BODY = 100, 1000, 20_000_000  # hits; characters of a text; bytes of a picture
READ, SLOWEST = 10, 50_000  # s that a client has to read an answer, and 1 more for so many bytes
_ARGUMENTS = ("text", "like", "count", "rerank", "language")


class _Handler(RequestHandler):
    """What all answers have in common."""

    def initialize(self, answers: Answers) -> None:
        self.answers, self._gone = answers, asyncio.Event()

    def on_connection_close(self) -> None:
        """The client has left."""
        super().on_connection_close()
        self._gone.set()

    async def send(self, data: bytes) -> None:
        """Send an answer and wait until it has left; who does not read it is cut off.

        Raises:
            HTTPError: 503, too much waits to be read by others.
        """
        with self.answers.unread.holding(len(data)):
            if self._gone.is_set():
                return
            connection: Any = self.request.connection
            sent: asyncio.Future[Any] = self.finish(data)
            connection.set_close_callback(self._gone.set)  # `finish` takes the other one away
            gone: asyncio.Future[Any] = asyncio.ensure_future(self._gone.wait())
            limit = READ + len(data) / SLOWEST
            await asyncio.wait({sent, gone}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if not sent.done():
                connection.close()
            gone.cancel()

    def set_default_headers(self) -> None:
        _guarded(self)

    def write_error(self, status_code: int, **told: Any) -> None:
        """Say what is wrong, as JSON."""
        error = told.get("exc_info", (None, None, None))[1]
        said = error.log_message if isinstance(error, HTTPError) and error.log_message else ""
        if status_code == 503:
            self.set_header("Retry-After", "1")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps({"error": said or self._reason}, ensure_ascii=False))


@stream_request_body
class Search(_Handler):
    """`/search`."""

    def prepare(self) -> None:
        """See whether there is room for the body; where there is none it is passed over.

        A client that is cut off while it sends does not see the answer, so that it is refused when
        all was sent; but at once where it asked first whether to send.
        """
        told = self.request.headers.get("Content-Length", "")
        self._length = int(told) if told.isdigit() else 0
        self.request.connection.set_max_body_size(max(self._length, BODY))  # type: ignore[union-attr]
        self._body: list[bytes] = []
        self._taken, self._asked, self._refused = 0, False, None
        if self.request.method == "POST":
            try:
                self._admit()
            except HTTPError as error:
                if "Expect" in self.request.headers:
                    raise
                self._refused = error

    def _admit(self) -> None:
        """Hold room for the body, as much as it may have where its length is not told."""
        if self._length > BODY:
            raise HTTPError(413, f"the body has {self._length:,} bytes, more than {BODY:,}")
        size = BODY if "Transfer-Encoding" in self.request.headers else self._length
        self.answers.sent.take(size)
        self._taken = size

    def _give(self) -> None:
        """Give back what was held."""
        self.answers.sent.give(self._taken)
        self._taken = 0
        self._body.clear()

    def data_received(self, chunk: bytes) -> None:
        """Some of the body."""
        if self._taken:
            self._body.append(chunk)

    def on_connection_close(self) -> None:
        """The client has left; of a body that is not whole nothing is of use."""
        super().on_connection_close()
        if not self._asked:
            self._give()

    async def get(self) -> None:
        """By a text, or by the name of a picture."""
        given = self._given()
        text, like = given.get("text"), given.get("like")
        if (text is None) == (like is None):
            raise HTTPError(400, "say what to look for: text, or like (a name), one of them")
        if text is not None and len(text) > TEXT:
            raise HTTPError(400, f"text has {len(text)} characters, more than {TEXT}")
        count, rerank = self._number(given), self._flag(given)
        language, searcher = given.get("language"), self.answers.searcher
        if text is not None:
            await self._answer(lambda: searcher.by_text(text, count, rerank, language))
        else:
            await self._answer(lambda: searcher.by_name(str(like), count, language))

    async def post(self) -> None:
        """By a picture, whose bytes are the body."""
        self._asked = True
        try:
            if self._refused:
                raise self._refused
            await self._compare(b"".join(self._body))
        finally:
            self._give()

    async def _compare(self, data: bytes) -> None:
        self._body.clear()
        given = self._given()
        if "text" in given or "like" in given or "rerank" in given:
            raise HTTPError(400, "a picture is compared alone: no text, like or rerank")
        count, language = self._number(given), given.get("language")
        searcher = self.answers.searcher
        await self._answer(lambda: searcher.by_picture(data, count, language))

    async def _answer(self, question: Callable[[], list[Hit]]) -> None:
        begun = time.perf_counter()
        hits = await self.answers.ask(question)
        took = 1000 * (time.perf_counter() - begun)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        told = {"took_ms": round(took, 1), "hits": [hit._asdict() for hit in hits]}
        await self.send(json.dumps(told, ensure_ascii=False).encode())

    def _given(self) -> dict[str, str]:
        unknown = sorted(self.request.query_arguments.keys() - set(_ARGUMENTS))
        if unknown:
            known = ", ".join(_ARGUMENTS)
            raise HTTPError(400, f"unknown: {', '.join(unknown)[:TEXT]} (known: {known})")
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def _number(self, given: dict[str, str]) -> int:
        told = given.get("count", "20")
        if not (told.isascii() and told.isdigit() and 1 <= int(told[:9]) <= MOST):
            raise HTTPError(400, f"count is {told[:40]!r}, not a number from 1 to {MOST}")
        return int(told)

    def _flag(self, given: dict[str, str]) -> bool:
        told = given.get("rerank", "0")
        if told not in ("0", "1"):
            raise HTTPError(400, f"rerank is {told[:40]!r}, not 0 or 1")
        return told == "1"


class Picture(_Handler):
    """`/picture/NAME`: the bytes of an indexed picture, as the snapshot has them."""

    async def get(self, name: str) -> None:
        """The picture; its name is its content, so it never changes."""
        data = await self.answers.ask(lambda: self.answers.searcher.read(name))
        self.set_header("Content-Type", f"image/{pixels.probe(data)[0].lower()}")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        await self.send(data)


class About(_Handler):
    """`/about`: how many pictures there are, whether a model can look again, and further pages."""

    def initialize(self, answers: Answers, pages: Mapping[str, Page]) -> None:  # type: ignore[override]
        """Take them."""
        super().initialize(answers)
        self.pages = pages

    def get(self) -> None:
        """As JSON."""
        searcher = self.answers.searcher
        told = [
            {"name": name, "title": page.title, "of_pair": page.of_pair}
            for name, page in self.pages.items()
        ]
        self.finish({"pictures": len(searcher), "rerank": searcher.reranks, "pages": told})


class Further(_Handler):
    """`/NAME/`: a page of a package, and `/NAME/UID` where it is one of pairs."""

    def initialize(self, answers: Answers, page: Page) -> None:  # type: ignore[override]
        """Take it."""
        super().initialize(answers)
        self.page = page

    async def get(self, rest: str) -> None:
        """The page, sent with a policy of its own."""
        html = await self.answers.ask(lambda: self.page.html(rest))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", self.page.policy)
        await self.send(html)


class Static(StaticFileHandler):
    """The page to search by, and what belongs to it."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Nothing foreign is run or guessed."""
        _guarded(self)


class Missing(_Handler):
    """Every other path."""

    def prepare(self) -> None:
        """There is no such thing."""
        raise HTTPError(404, "there are /, /about, /search, /picture/NAME and what /about names")


def _guarded(handler: RequestHandler) -> None:
    """Nothing that a page holds is run or fetched but what this service itself serves."""
    handler.set_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", "no-referrer")
