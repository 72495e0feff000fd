"""A project in; what DVC knows of its files (dvc.lock, `dvc add`), and the files by it, out."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from curate.cached import Cache
from curate.damage import Hash, mismatch
from curate.dataset import files


class Locked:
    """What DVC knows of a project's files, for as long as the context lasts.

    Args:
        root: the project's folder; without DVC there nothing is known.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stack = ExitStack()
        self._repo: Any = None
        self.files: dict[str, str] = {}  # path -> MD5

    def __enter__(self) -> Self:
        from dvc.exceptions import NotDvcRepoError
        from dvc.repo import Repo

        try:
            self._repo = self._stack.enter_context(Repo(str(self._root)))
        except NotDvcRepoError:
            return self
        self._cache = Cache(self._repo)
        self._list()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def give(self, path: str, recorded: Hash | None) -> str:
        """Put a file in its place as it was recorded; where from, or nothing if that cannot be.

        Args:
            path: relative to the project.
            recorded: what its bytes were; None: what the lock says of them.
        """
        if self._copied(path, recorded):
            return "DVC's cache"
        return "DVC's remote" if self._fetched(path) and self._copied(path, recorded) else ""

    def _list(self) -> None:
        root = Path(self._repo.root_dir)
        for out in self._repo.index.outs:
            place, md5 = Path(out.fs_path), out.hash_info.value
            if md5 is None or not place.is_relative_to(root):
                continue
            path = place.relative_to(root).as_posix()
            if md5.endswith(".dir"):
                inside = self._cache.listing(md5) or {}
                self.files |= {f"{path}/{name}": own for name, own in inside.items()}
            else:
                self.files[path] = md5

    def _copied(self, path: str, recorded: Hash | None) -> bool:
        """Whether the cache had it, undamaged."""
        if (md5 := self.files.get(path)) is None or (held := self._cache.file(md5)) is None:
            return False
        if mismatch(str(held), recorded or Hash("md5", md5)):
            return False
        place = self._root / path
        partial = files.partial(place)
        shutil.copyfile(held, partial)
        files.settle(partial, place)
        return True

    def _fetched(self, path: str) -> bool:
        """Whether a remote gave what the cache lacks."""
        from dvc.exceptions import DvcException

        if self._repo is None or not self._repo.config["core"].get("remote"):
            return False
        try:
            got = self._repo.fetch(targets=[path])
        except DvcException:
            return False
        self._list()
        return bool(got)
