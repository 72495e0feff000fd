"""Questions to git about a project; None is the answer where there is no git, or no such thing."""

import functools
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Keys = Mapping[str, Sequence[str]]  # YAML file -> dotted keys in it


def answer(root: Path, *words: str, told: str | None = None) -> str | None:
    """What git prints.

    Args:
        root: folder in which it is asked; `told` and paths are relative to it.
        words: of the command.
        told: its standard input.
    """
    command = ["git", "--no-optional-locks", *words]
    try:
        done = subprocess.run(
            command, cwd=root, input=told, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


class Reads:
    """What a computation reads of a project's tracked files.

    Args:
        root: folder of the project, within a git checkout.
        paths: files and folders that are read whole, relative to it.
        keys: of YAML files, what is read of each.
    """

    def __init__(self, root: Path, paths: Sequence[str], keys: Keys) -> None:
        self._root = root
        self._paths = list(paths)
        self._keys = keys
        self._picked = functools.cache(self._picked_of)

    def revision(self) -> str | None:
        """The first commit in which all that is read is as in HEAD; None where git has no such.

        What does not touch it leaves the revision as it is, and what takes a change back gives
        back the revision, too: the same content has the same revision in every clone.
        """
        words = ("rev-list", "--topo-order", "HEAD", "--", *self._paths, *self._keys)
        commits = (answer(self._root, *words) or "").split()
        if not commits:
            return None
        objects = self._objects(["HEAD", *commits])
        head = self._state(objects["HEAD"])
        return next(c for c in reversed(commits) if self._state(objects[c]) == head)

    def uncommitted(self) -> list[str] | None:
        """Files of what is read that are other in the working folder than in HEAD, sorted.

        None where git does not answer.
        """
        words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--")
        said = answer(self._root, *words, *self._paths) if self._paths else ""
        if said is None:
            return None
        prefix = (answer(self._root, "rev-parse", "--show-prefix") or "").strip()
        found = {line[3:].removeprefix(prefix) for line in said.split("\0") if line}
        blobs = self._objects(["HEAD"])["HEAD"]
        for file, keys in self._keys.items():
            there = self._root / file
            text = there.read_text(encoding="utf-8") if there.is_file() else ""
            if picked(text, keys) != self._picked(blobs[file], file):
                found.add(file)
        return sorted(found)

    def _objects(self, commits: Iterable[str]) -> dict[str, dict[str, str]]:
        """Commit -> path -> name of its object, empty where there is none."""
        asked = [(c, path) for c in commits for path in (*self._paths, *self._keys)]
        lines = "".join(f"{commit}:./{path}\n" for commit, path in asked)
        said = answer(self._root, "cat-file", "--batch-check=%(objectname)", told=lines) or ""
        found: dict[str, dict[str, str]] = {}
        for (commit, path), line in zip(asked, said.splitlines(), strict=True):
            found.setdefault(commit, {})[path] = "" if line.endswith(" missing") else line
        return found

    def _state(self, objects: Mapping[str, str]) -> list[Any]:
        whole = [objects[path] for path in self._paths]
        return [*whole, *(self._picked(objects[file], file) for file in self._keys)]

    def _picked_of(self, blob: str, file: str) -> dict[str, Any]:
        text = answer(self._root, "cat-file", "blob", blob) if blob else ""
        return picked(text or "", self._keys[file])


def picked(text: str, keys: Sequence[str]) -> dict[str, Any]:
    """The values of some dotted keys of a YAML text; None where it has no such key."""
    values, found = _parsed(text), {}
    for key in keys:
        value = values
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        found[key] = value
    return found


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, _LOADER)
    except yaml.YAMLError:  # of a commit in which it was broken
        return None
