"""URLs that are asked for once: what each answered is kept in a spool, or why it was not taken.

No file that is on the user's blocklist is ever written; that it is, is known for as long as the
list is the same. So a list that changes asks a site again for what the one before refused alone.
"""

import hashlib
import time

from curate.dataset.errors import DrawingError, ImageError
from curate.sources import BLOCKED, UNREADABLE, UNREADABLE_DRAWING, Fetch, Forbids, Refusal
from curate.sources._web.fetcher import Answer, Fetcher, NotTaken, Wanted
from curate.sources._web.links import short
from curate.sources._web.spool import Spool, fetch_of


class Asked:
    """Answers to URLs of one kind.

    Args:
        fetcher: asks.
        wanted: what the requests are for.
        spool: keeps what came of them.
        forbids: says what must not be kept.
    """

    def __init__(self, fetcher: Fetcher, wanted: Wanted, spool: Spool, forbids: Forbids) -> None:
        self._fetcher = fetcher
        self._wanted = wanted
        self._spool = spool
        self._forbids = forbids

    async def answer(self, url: str) -> Answer | Refusal:
        """The answer to a URL, or why there is none."""
        known = self._spool.kept(url, self._forbids.print)
        if isinstance(known, Answer):
            return self._refused(url, known, self.how(url)) or known
        return known or await self._fetched(url)

    def how(self, url: str) -> Fetch:
        """How the answer to a URL was had."""
        return fetch_of(self._spool.file(url))

    async def _fetched(self, url: str) -> Answer | Refusal:
        started, clock = time.time(), time.perf_counter()
        try:
            answer = await self._fetcher.get(url, self._wanted)
        except NotTaken as problem:
            fetch = Fetch(problem.url, problem.status, started, time.perf_counter() - clock)
            refusal = Refusal(short(url), problem.reason, problem.detail, fetch)
            self._spool.refuse(url, refusal)
            return refusal
        fetch = Fetch(answer.url, answer.status, started, time.perf_counter() - clock)
        if refused := self._refused(url, answer, fetch):
            return refused
        self._spool.keep(url, answer, fetch)
        return answer

    def _refused(self, url: str, answer: Answer, fetch: Fetch) -> Refusal | None:
        """Why an answer is not kept, which is noted; None where nothing is against it."""
        if refused := forbidden(url, answer.body, fetch, self._forbids):
            self._spool.refuse(url, refused, self._forbids.print)
        return refused


def forbidden(url: str, body: bytes, fetch: Fetch, forbids: Forbids) -> Refusal | None:
    """Why a body must not be kept; None where nothing is against it."""
    sha256 = hashlib.sha256(body).hexdigest()
    try:
        entry = forbids.entry(body, sha256)
    except ImageError as error:
        reason = UNREADABLE_DRAWING if isinstance(error, DrawingError) else UNREADABLE
        return Refusal(short(url), reason, str(error), fetch, None, sha256, len(body))
    if entry is None:
        return None
    return Refusal(short(url), BLOCKED, entry, fetch, None, sha256, len(body))
