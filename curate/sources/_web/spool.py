"""Answers on disk for as long as a crawl lasts, so that one that was killed asks for none twice."""

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from curate.sources import Fetch, Refusal
from curate.sources._web.limits import Answer

_REFUSED = ".refused"


class Spool:
    """Keeps answers in a folder: each body in a file of its own, what else there is beside it.

    Args:
        folder: what lies in it is taken for answers of an earlier run of the same crawl.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def file(self, url: str) -> Path:
        """Where the body of the answer to a URL lies, or will lie."""
        name = sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
        return self._folder / name

    def kept(self, url: str) -> Answer | Refusal | None:
        """The answer to a URL, or why there is none; None where neither was kept whole."""
        file = self.file(url)
        if file.exists():
            beside = json.loads(_beside(file).read_bytes())
            return Answer(**beside["answer"], body=file.read_bytes())
        return self.refused(url)

    def refused(self, url: str) -> Refusal | None:
        """Why there is no answer to a URL, if that was kept."""
        file = self.file(url).with_suffix(_REFUSED)
        if not file.exists():
            return None
        said = json.loads(file.read_bytes())
        return Refusal(**said | {"fetch": Fetch(*said["fetch"])})

    def keep(self, url: str, answer: Answer, fetch: Fetch) -> Path:
        """Write an answer, its body last and in one step; gives the body's file."""
        file = self.file(url)
        stated = {name: getattr(answer, name) for name in ("url", "status", "version")}
        beside = {"answer": stated | {"headers": answer.headers}, "fetch": fetch}
        _beside(file).write_text(json.dumps(beside), encoding="utf-8")
        _write(file, answer.body)
        return file

    def refuse(self, url: str, refusal: Refusal) -> None:
        """Write why there is no answer, in one step."""
        said = json.dumps(vars(refusal)).encode()
        _write(self.file(url).with_suffix(_REFUSED), said)

    def drop(self, url: str) -> None:
        """Remove the answer to a URL."""
        file = self.file(url)
        for part in (file, _beside(file)):  # the body first: without it there is no answer
            part.unlink(missing_ok=True)

    def forget(self, reasons: Sequence[str]) -> None:
        """Forget refusals, so that their URLs are asked for again.

        Args:
            reasons: patterns.
        """
        for file in self._folder.glob(f"*{_REFUSED}"):
            reason = json.loads(file.read_bytes())["reason"]
            if any(fnmatchcase(reason, pattern) for pattern in reasons):
                file.unlink()


def fetch_of(file: Path) -> Fetch:
    """How the answer was had whose body lies in a file."""
    return Fetch(*json.loads(_beside(file).read_bytes())["fetch"])


def _beside(file: Path) -> Path:
    return file.with_suffix(".json")


def _write(file: Path, data: bytes) -> None:
    partial = file.with_suffix(f"{file.suffix}.partial")
    partial.write_bytes(data)
    partial.replace(file)
