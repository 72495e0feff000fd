"""Answers on disk for as long as a crawl lasts, so that one that was killed asks for none twice."""

import hashlib
import json
from pathlib import Path

from curate.sources import Fetch
from curate.sources._web.limits import Answer


class Spool:
    """Keeps answers in a folder: each body in a file of its own, what else there is beside it.

    Args:
        folder: what lies in it is taken for answers of an earlier run of the same crawl.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, url: str) -> Path:
        """Where the body of the answer to a URL lies, or will lie."""
        name = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
        return self._folder / name

    def kept(self, url: str) -> Answer | None:
        """The answer to a URL; None where it was not kept whole."""
        file = self.file(url)
        if not file.exists():
            return None
        beside = json.loads(_beside(file).read_bytes())
        return Answer(**beside["answer"], body=file.read_bytes())

    def keep(self, url: str, answer: Answer, fetch: Fetch) -> Path:
        """Write an answer, its body last and in one step; gives the body's file."""
        file, partial = self.file(url), self.file(url).with_suffix(".partial")
        stated = {name: getattr(answer, name) for name in ("url", "status", "version")}
        beside = {"answer": stated | {"headers": answer.headers}, "fetch": fetch}
        _beside(file).write_text(json.dumps(beside), encoding="utf-8")
        partial.write_bytes(answer.body)
        partial.replace(file)
        return file


def fetch_of(file: Path) -> Fetch:
    """How the answer was had whose body lies in a file."""
    return Fetch(*json.loads(_beside(file).read_bytes())["fetch"])


def _beside(file: Path) -> Path:
    return file.with_suffix(".json")
