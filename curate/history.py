"""A project's DVC locks, now and in git, in; which snapshots and training runs saw some pairs, out.

A lock says by hash which data a model was trained on. The snapshot of long ago, or the pool of a
filter network, is read from DVC's cache, if it is there still; nothing is fetched.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import yaml

from curate import git
from curate.cached import Cache
from curate.dataset import parents, record, sets, tables

LOCK = "dvc.lock"
WORKSPACE = "workspace"
_SNAPSHOT, _POOL, _SPLIT = "data/snapshot", "data/pool", "data/split.parquet"
_ROWS = f"{_SNAPSHOT}/{record.MANIFEST_FILE}"  # what models read of it; before, the whole folder
_MODELS = "models/"  # what outputs of a training stage begin with
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Seen:
    """A snapshot or a model, and what it saw of some pairs."""

    what: str  # path of the output
    md5: str  # of the output, as DVC has it
    data: str  # a snapshot's id, or the pool's md5
    where: str  # the newest revision that has it, or `workspace`
    splits: Mapping[str, int] | None  # -> pairs; None: DVC's cache has not what it was made of
    through: str | None = None  # the model that it starts from and that learnt from them

    @property
    def learnt(self) -> bool:
        """Whether it is a model that learnt from any of the pairs."""
        own = (self.splits or {}).get("train", 0)
        return self.what.startswith(_MODELS) and bool(own or self.through)


class History:
    """What DVC and git know of a project.

    Args:
        root: the project's folder.
        uids: pairs that are asked about.
    """

    def __init__(self, root: Path, uids: set[str]) -> None:
        self._root = root
        self._uids = sorted(uids)
        self._of_snapshot = functools.cache(self._read_snapshot)
        self._of_rows = functools.cache(self._read_rows)
        self._of_pool = functools.cache(self._read_pool)

    @functools.cached_property
    def _cache(self) -> Cache:
        return Cache.of(self._root)

    def seen(self) -> list[Seen]:
        """Snapshots and models that saw pairs, or may have, the newest first, each once."""
        found: dict[tuple[str, str], Seen] = {}
        for where, lock in self._locks():
            stages = list(lock.get("stages", {}).values())
            written = {o["path"]: o.get("md5", "") for s in stages for o in s.get("outs", ())}
            of_lock = (where, written.get(_SNAPSHOT, ""))
            own = {one.what: one for stage in stages for one in self._outputs(stage, *of_lock)}
            for stage in stages:
                for out in stage.get("outs", ()):
                    one = own.get(out["path"])
                    if one is None:
                        continue
                    begins = [d["path"] for d in stage.get("deps", ()) if d["path"] in own]
                    taught = [p for p in begins if own[p].learnt]
                    if taught and one.what.startswith(_MODELS):
                        one = own[one.what] = replace(one, through=taught[0])
                    if one.splits is None or one.splits or one.through:
                        found.setdefault((one.what, one.md5), one)
        now = {one.what for one in found.values() if one.where == WORKSPACE and one.splits}
        return [*(one for one in self._on_disk() if one.what not in now), *found.values()]

    def _on_disk(self) -> Iterator[Seen]:
        """The snapshots that lie in the project, whether a lock names them or not."""
        for manifest in sorted(self._root.glob(f"data/[!.]*/{record.MANIFEST_FILE}")):
            folder = manifest.parent
            known, splits = self._held({one.name: one for one in folder.iterdir()})
            if splits:
                yield Seen(folder.relative_to(self._root).as_posix(), "", known, WORKSPACE, splits)

    def _outputs(self, stage: Mapping[str, Any], where: str, snapshot: str) -> Iterator[Seen]:
        """The snapshot or models that a stage of a lock made; the lock's snapshot is given."""
        deps = {dep["path"]: dep.get("md5", "") for dep in stage.get("deps", ())}
        for out in stage.get("outs", ()):
            path, md5 = out["path"], out.get("md5", "")
            if path == _SNAPSHOT or (path.startswith(_MODELS) and _SNAPSHOT in deps):
                made_of = md5 if path == _SNAPSHOT else deps[_SNAPSHOT]
                known, splits = self._of_snapshot(made_of)
                yield Seen(path, md5, known, where, splits)
            elif path.startswith(_MODELS) and _ROWS in deps:
                known, splits = self._of_rows(deps[_ROWS], snapshot)
                yield Seen(path, md5, known, where, splits)
            elif path.startswith(_MODELS) and _POOL in deps:
                given = stage.get("params", {}).get("params.yaml", {}).values()
                named = (one.get("sources", ()) for one in given if isinstance(one, dict))
                sources = tuple(next(filter(None, named), ()))
                splits = self._of_pool(deps[_POOL], deps.get(_SPLIT, ""), sources)
                yield Seen(path, md5, deps[_POOL], where, splits)

    def _read_snapshot(self, md5: str) -> tuple[str, Mapping[str, int] | None]:
        """The id of a snapshot, and how many of the pairs are in each of its splits."""
        return self._held(self._cache.folder(md5) or {})

    def _read_rows(self, md5: str, snapshot: str) -> tuple[str, Mapping[str, int] | None]:
        """The same by a manifest, whose snapshot is known if it is the given one."""
        rows, there = self._cache.file(md5), self._cache.folder(snapshot) or {}
        if rows is not None and there.get(record.MANIFEST_FILE) == rows:
            return self._of_snapshot(snapshot)
        return self._held({record.MANIFEST_FILE: rows})

    def _held(self, files: Mapping[str, Path | None]) -> tuple[str, Mapping[str, int] | None]:
        if (manifest := files.get(record.MANIFEST_FILE)) is None:
            return "", None
        about = files.get(record.SNAPSHOT_FILE)
        name = json.loads(about.read_text(encoding="utf-8"))["id"] if about else ""
        made = parents.read(files.get(parents.FILE) or Path(), manifest)
        uids = sorted({*self._uids, *parents.descendants(made, self._uids)})
        rows = tables.rows_with(tables.read(manifest, ["uid", "split"]), "uid", uids)
        return name, Counter(rows.column("split").to_pylist())

    def _read_pool(
        self, md5: str, split: str, sources: tuple[str, ...]
    ) -> Mapping[str, int] | None:
        """How many of a pool's pairs, of some sources, are in each split."""
        files, splits = self._cache.folder(md5), self._cache.file(split)
        if files is None or splits is None or (pairs := files.get(sets.PAIRS_FILE)) is None:
            return None
        rows = tables.rows_with(tables.read(pairs, ["uid", "image", "source"]), "uid", self._uids)
        rows = tables.rows_with(rows, "source", sources)
        held = tables.read(splits, ["image", "split"])
        places = pc.index_in(rows.column("image"), value_set=held.column("image").combine_chunks())
        return Counter(held.column("split").take(places.drop_null()).to_pylist())

    def _locks(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The lock as it is, and each other that any branch, tag or experiment in git has."""
        if (self._root / LOCK).is_file():
            yield WORKSPACE, yaml.load((self._root / LOCK).read_bytes(), _LOADER)
        known = set()
        words = ("log", "--all", "--full-history", "--format=%h %cs", "--", LOCK)
        for row in (git.answer(self._root, *words) or "").splitlines():
            revision, date = row.split()
            blob = git.answer(self._root, "rev-parse", f"{revision}:./{LOCK}")
            if blob and blob not in known:
                known.add(blob)
                text = git.answer(self._root, "show", blob.strip()) or ""
                yield f"{revision} of {date}", yaml.load(text, _LOADER)
