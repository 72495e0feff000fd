"""A git revision in; a folder of its tables and shards, as links into DVC's cache, out.

Nothing is checked out and nothing is copied but what git itself holds: params.yaml, dvc.lock.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curate.cached import Cache
from curate.dataset.errors import DataError

_FETCH = "`dvc fetch --all-commits` brings it from the remote, or `dvc repro` makes it again"


@contextmanager
def linked(revision: str, wanted: Sequence[str]) -> Iterator[tuple[Path, list[str]]]:
    """The files of a revision, for as long as the context lasts.

    Args:
        revision: of the git repository of the working directory.
        wanted: paths of files and folders in the DVC project; those that it lacks are left out.

    Yields:
        The folder, in which every path is as in the project, and those of the wanted paths of
        which DVC's cache does not hold all.

    Raises:
        DataError: there is no such revision, or no DVC project here.
    """
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    project = DVCFileSystem(rev=revision)
    try:
        project.repo  # noqa: B018  opens it
    except (DvcException, SCMError) as error:
        raise DataError(
            f"{revision!r} is neither a folder with a snapshot nor a git revision of a DVC "
            f"project here: {error}"
        ) from error
    with tempfile.TemporaryDirectory(prefix="pairwright-") as folder:
        lacks = [path for path in wanted if not _link(project, path, Path(folder))]
        yield Path(folder), lacks


def advice(lacks: Sequence[str], revision: str) -> str:
    """What to do about paths that the cache does not hold."""
    return f"DVC's cache does not hold {', '.join(lacks)} of {revision}; {_FETCH}"


def _link(project: Any, path: str, folder: Path) -> bool:
    """Link all files of a path; false where the cache lacks any."""
    from dvc_data.index import DataIndexDirError

    cache = Cache(project.repo)
    whole = True
    try:
        found = project.find(path, detail=True)
    except (FileNotFoundError, DataIndexDirError):  # the cache lacks a folder's list of files
        return False
    for name, about in found.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        entry = about.get("dvc_info")
        if entry is None:
            project.get_file(name, str(place))
            continue
        held = cache.file(entry.get("md5", ""))
        if held is None:
            whole = False
        else:
            place.symlink_to(held.resolve())
    return whole
