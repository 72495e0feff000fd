"""Hashes of a dvc.lock in; where DVC's cache has the files out. Nothing is fetched."""

import json
from pathlib import Path
from typing import Any

Files = dict[str, Path | None]  # path in a folder -> where the cache has it; None: it lacks it


class Cache:
    """The cache of a DVC project.

    Args:
        repo: the project, a `dvc.repo.Repo`; None: there is none, and nothing in its cache.
    """

    def __init__(self, repo: Any) -> None:
        self._files = repo.cache.local if repo is not None else None

    @classmethod
    def of(cls, root: Path) -> "Cache":
        """The cache of the project in a folder, which may be a copy without its `.dvc`."""
        from dvc.exceptions import NotDvcRepoError
        from dvc.repo import Repo

        try:
            return cls(Repo(str(root)))
        except NotDvcRepoError:
            return cls(None)

    def file(self, md5: str) -> Path | None:
        """Where a file is, or the list of a folder's files; None where the cache lacks it."""
        if self._files is None or not md5:
            return None
        path = Path(self._files.oid_to_path(md5))
        return path if path.is_file() else None

    def folder(self, md5: str) -> Files | None:
        """Where the files of a folder are; None where the cache lacks the list of them."""
        if (listed := self.listing(md5)) is None:
            return None
        return {path: self.file(own) for path, own in listed.items()}

    def listing(self, md5: str) -> dict[str, str] | None:
        """Path in a folder -> the file's hash; None where the cache lacks the list of them."""
        if (listing := self.file(md5)) is None:
            return None
        rows = json.loads(listing.read_text(encoding="utf-8"))
        return {row["relpath"]: row["md5"] for row in rows}
