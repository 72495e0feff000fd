"""A snapshot's place in; with what code, params and libraries its stages ran, out.

`provenance.json` lies in the snapshot's folder. The id does not depend on it: content that was
reached by two ways has one id. It is a function of what is read and of git's history alone, so
that a clean clone writes the same bytes:

    revision      first commit in which code, params and commands are all as they are in HEAD
    dirty         whether the working folder had others; null where git cannot be asked
    uncommitted   the files that were other
    unknown       what of all this could not be found out, and why
    versions      of Python, and of the libraries that the stages' code imports
    params        params file -> key -> its values, as the stages read them
    stage         the one that wrote the snapshot
    stages        each that it depends on, and itself:
        fingerprint   hash of all below and of the fingerprints of the stages that it reads
        cmd           what DVC runs; null for data that `dvc add` added
        deps          what no stage writes -> its hash, as dvc.lock has it
        reads         stages whose outputs it depends on
        params        params file -> keys
"""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from curate import git
from curate.dataset import memory
from curate.stage import libraries

Provenance = dict[str, Any]


def of(out: Path) -> Provenance:
    """The provenance of what a stage of the project in the working folder writes.

    Args:
        out: an output of the stage.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    unknown: list[str] = []
    found: Provenance = {"revision": None, "dirty": None, "uncommitted": [], "unknown": unknown}
    found |= {"versions": {}, "params": {}, "stage": None, "stages": {}}
    try:
        with closing(Repo()) as repo:
            root = Path(repo.root_dir)
            if (writer := _writer(repo, out)) is None:
                unknown.append(f"everything: no stage of dvc.yaml writes {out.as_posix()}")
                return found
            upstream = _upstream(repo, writer)
            stages = _stages(upstream, repo.index.graph, root)
    except DvcException as error:
        unknown.append(f"everything: {str(error).partition(chr(10))[0]}")
        return found
    code = [dep for stage in stages.values() if stage["cmd"] for dep in stage["deps"]]
    added = [_place(stage.path, root) for stage in upstream if stage.cmd is None]
    params = _whole(_keys(upstream, root))
    inside = sorted(path for path in {*code, *added} if not Path(path).is_absolute())
    reads = git.Reads(root, inside, params | _commands(upstream, root))
    return {
        **_revision(reads, root, unknown),
        "unknown": unknown,
        "versions": _versions(root, code),
        "params": {file: git.picked(_text(root / file), keys) for file, keys in params.items()},
        "stage": writer.addressing,
        "stages": stages,
    }


def _writer(repo: Any, out: Path) -> Any:
    """The stage that writes a path; None where there is none."""
    place = str(out.absolute())
    outs = [(stage, written) for stage in repo.index.stages for written in stage.outs]
    return next((stage for stage, written in outs if written.fs_path == place), None)


def _upstream(repo: Any, writer: Any) -> list[Any]:
    """A stage and all that it depends on, in the order of dvc.yaml."""
    import networkx as nx

    named = {writer, *nx.descendants(repo.index.graph, writer)}
    return [stage for stage in repo.index.stages if stage in named]


def _stages(upstream: Sequence[Any], graph: Any, root: Path) -> Provenance:
    """What each stage runs and reads, see above."""
    outs = [_place(out.fs_path, root) for stage in upstream for out in stage.outs]
    told: Provenance = {}
    for stage in upstream:
        deps = {_place(d.fs_path, root): d for d in stage.deps if not _has_keys(d)}
        own = {p: _hash(d) for p, d in deps.items() if not _written(p, outs)}
        if stage.cmd is None:
            own |= {_place(out.fs_path, root): out.hash_info.value for out in stage.outs}
        told[stage.addressing] = {
            "fingerprint": "",
            "cmd": stage.cmd,
            "deps": own,
            "reads": sorted(other.addressing for other in graph.successors(stage)),
            "params": _keys([stage], root),
        }
    values = {file: _text(root / file) for stage in told.values() for file in stage["params"]}

    def fingerprint(name: str) -> str:
        stage = told[name]
        if not stage["fingerprint"]:
            params = [git.picked(values[file], keys) for file, keys in stage["params"].items()]
            before = [fingerprint(other) for other in stage["reads"]]
            stage["fingerprint"] = memory.fingerprint(stage["cmd"], stage["deps"], params, before)
        return str(stage["fingerprint"])

    for name in told:
        fingerprint(name)
    return told


def _hash(dep: Any) -> str | None:
    """Of a dependency as it is; as dvc.lock has it where it is not there, as DVC allows."""
    try:
        found = dep.get_hash()
    except FileNotFoundError:
        found = dep.hash_info
    return None if found.value is None else str(found.value)


def _has_keys(dep: Any) -> bool:
    """Whether a dependency is on keys of a YAML file."""
    return hasattr(dep, "params")


def _written(path: str, outs: Iterable[str]) -> bool:
    """Whether stages write a path, something in it, or a folder that it is in."""
    return any(f"{path}/".startswith(f"{o}/") or f"{o}/".startswith(f"{path}/") for o in outs)


def _place(path: str, root: Path) -> str:
    """A path relative to the project, where it is in it."""
    file = Path(path)
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else path


def _keys(stages: Iterable[Any], root: Path) -> dict[str, list[str]]:
    """Params file -> the keys that stages read of it."""
    found: dict[str, set[str]] = {}
    for stage in stages:
        for dep in filter(_has_keys, stage.deps):
            found.setdefault(_place(dep.fs_path, root), set()).update(dep.params)
    return {file: sorted(keys) for file, keys in sorted(found.items())}


def _whole(named: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The same without keys that lie below others."""
    return {
        file: [key for key in keys if not any(key.startswith(f"{other}.") for other in keys)]
        for file, keys in named.items()
    }


def _commands(stages: Sequence[Any], root: Path) -> dict[str, list[str]]:
    """dvc.yaml -> the keys of the commands of some stages, of those with a `foreach`, too."""
    found: dict[str, set[str]] = {}
    for stage in stages:
        if stage.cmd is not None:
            name = stage.name.partition("@")[0]
            keys = {f"stages.{name}.cmd", f"stages.{name}.do.cmd"}
            found.setdefault(_place(stage.path, root), set()).update(keys)
    return {file: sorted(keys) for file, keys in sorted(found.items())}


def _revision(reads: git.Reads, root: Path, unknown: list[str]) -> Provenance:
    shallow = git.answer(root, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        unknown.append("revision: the project is in no git checkout")
        return {"revision": None, "dirty": None, "uncommitted": []}
    uncommitted, revision = reads.uncommitted(), None
    if uncommitted is None:
        unknown.append("dirty: git does not say which files have changed")
    if shallow.strip() == "true":
        unknown.append("revision: the clone has not all of git's history (git fetch --unshallow)")
    elif (revision := reads.revision()) is None:
        unknown.append("revision: no commit has anything of what the stages read")
    dirty = None if uncommitted is None else bool(uncommitted)
    return {"revision": revision, "dirty": dirty, "uncommitted": uncommitted or []}


def _versions(root: Path, code: Collection[str]) -> dict[str, str]:
    """Of Python and of every library that some files and folders import, by name."""
    places = [root / path for path in code]
    found = {file for place in places for file in ([place], place.rglob("*"))[place.is_dir()]}
    tops = {top for file in found if file.suffix == ".py" for top in libraries.imported(file, root)}
    others = {top for top in tops if not (root / top).exists()} - sys.stdlib_module_names
    names = sorted(libraries.owners(others), key=str.casefold)
    return {"Python": "{}.{}".format(*sys.version_info), **{name: version(name) for name in names}}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
