"""URLs that are asked for once: what each answered is kept in a spool, or why it was not taken.

No file that is on the user's blocklist is ever written: of it, the spool keeps the refusal alone.
Pages and sitemaps are on it by their bytes, pictures by their looks, too.
"""

import asyncio
import hashlib
import time
from pathlib import Path

from curate.dataset.errors import DrawingError, ImageError
from curate.sources import BLOCKED, UNREADABLE, UNREADABLE_DRAWING, Fetch, Forbids, Refusal
from curate.sources._web.fetcher import Answer, Fetcher, NotTaken, Wanted
from curate.sources._web.links import short
from curate.sources._web.spool import Spool, fetch_of

IMAGES = ("image/",)
_LOOKED_AT = 2  # bodies that are asked about at once; a picture takes its pixels' memory


class Asked:
    """Answers to URLs of one kind.

    Args:
        fetcher: asks.
        wanted: what the requests are for.
        spool: keeps what came of them.
        forbids: says what must not be kept; None: nothing is forbidden.
    """

    def __init__(
        self, fetcher: Fetcher, wanted: Wanted, spool: Spool, forbids: Forbids | None
    ) -> None:
        self._fetcher = fetcher
        self._wanted = wanted
        self._spool = spool
        self._forbids = forbids and (forbids.picture if wanted.kinds == IMAGES else forbids.file)
        self._looking = asyncio.Semaphore(_LOOKED_AT)

    async def answer(self, url: str) -> Answer | Refusal:
        """The answer to a URL, or why there is none."""
        return self._spool.kept(url) or await self._fetched(url)

    async def file(self, url: str) -> Path | Refusal:
        """The file of the body that a URL gave, or why there is none."""
        file = self._spool.file(url)
        if file.exists():
            return file
        answer = self._spool.refused(url) or await self._fetched(url)
        return answer if isinstance(answer, Refusal) else file

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
        async with self._looking:
            refused = await asyncio.to_thread(self._forbidden, url, answer.body, fetch)
        if refused:
            self._spool.refuse(url, refused)
            return refused
        self._spool.keep(url, answer, fetch)
        return answer

    def _forbidden(self, url: str, body: bytes, fetch: Fetch) -> Refusal | None:
        """Why a body must not be kept; None where nothing is against it."""
        if self._forbids is None:
            return None
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            entry = self._forbids(body, sha256)
        except ImageError as error:
            reason = UNREADABLE_DRAWING if isinstance(error, DrawingError) else UNREADABLE
            return Refusal(short(url), reason, str(error), fetch, None, sha256, len(body))
        if entry is None:
            return None
        return Refusal(short(url), BLOCKED, entry, fetch, None, sha256, len(body))
