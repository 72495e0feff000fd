"""Answers on disk for as long as a crawl lasts, so that one that was killed asks for none twice."""

import json
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from curate.dataset import files
from curate.sources import Fetch, Refusal
from curate.sources._web.limits import Answer

REFUSED = ".refused"  # ending of what tells why there is no answer


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

    def kept(self, url: str, by: str) -> Answer | Refusal | None:
        """The answer to a URL, or why there is none; None where neither was kept whole.

        Args:
            url: that was asked for.
            by: as of `refused`.
        """
        file = self.file(url)
        if file.exists():
            beside = json.loads(_beside(file).read_bytes())
            return Answer(**beside["answer"], body=file.read_bytes())
        return self.refused(url, by)

    def refused(self, url: str, by: str) -> Refusal | None:
        """Why there is no answer to a URL, if that was kept.

        Args:
            url: that was asked for.
            by: fingerprint of what judges answers; what another judge refused is not known.
        """
        file = self.file(url).with_suffix(REFUSED)
        if not file.exists():
            return None
        said = json.loads(file.read_bytes())
        if said.pop("by") not in (None, by):
            return None
        return Refusal(**said | {"fetch": Fetch(*said["fetch"])})

    def keep(self, url: str, answer: Answer, fetch: Fetch) -> Path:
        """Write an answer, its body last and each in one step; gives the body's file."""
        file = self.file(url)
        stated = {name: getattr(answer, name) for name in ("url", "status", "version")}
        beside = {"answer": stated | {"headers": answer.headers}, "fetch": fetch}
        _write(_beside(file), json.dumps(beside).encode())
        _write(file, answer.body)
        return file

    def refuse(self, url: str, refusal: Refusal, by: str | None = None) -> None:
        """Write why there is no answer, in one step, in place of an answer that there was.

        Args:
            url: that was asked for.
            refusal: says why.
            by: fingerprint of what judged the answer; None: there was none to be judged.
        """
        said = json.dumps(vars(refusal) | {"by": by}).encode()
        _write(self.file(url).with_suffix(REFUSED), said)
        self._drop(self.file(url))

    def keep_only(self, urls: Iterable[str]) -> None:
        """Remove the answers to all other URLs, and what was written in part."""
        wanted = {self.file(url).name for url in urls}
        for file in self._folder.iterdir():
            if file.name.startswith("."):
                file.unlink(missing_ok=True)
            elif not file.suffix and file.name not in wanted:
                self._drop(file)

    def _drop(self, file: Path) -> None:
        """Remove an answer, its body first: without it there is none."""
        for part in (file, _beside(file)):
            part.unlink(missing_ok=True)

    def forget(self, reasons: Sequence[str]) -> None:
        """Forget refusals, so that their URLs are asked for again.

        Args:
            reasons: patterns.
        """
        for file in self._folder.glob(f"*{REFUSED}"):
            reason = json.loads(file.read_bytes())["reason"]
            if any(fnmatchcase(reason, pattern) for pattern in reasons):
                file.unlink()


def fetch_of(file: Path) -> Fetch:
    """How the answer was had whose body lies in a file."""
    return Fetch(*json.loads(_beside(file).read_bytes())["fetch"])


def _beside(file: Path) -> Path:
    return file.with_suffix(".json")


def _write(file: Path, data: bytes) -> None:
    partial = files.partial(file)
    partial.write_bytes(data)
    files.settle(partial, file)
