"""Figures as they are and as git has them in; the results of this version and of those before, out.

Git's history of the metrics is read like any other input: without it, or in a shallow clone, there
are fewer rows. A version is named by its snapshot and by the newest revision with its figures.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from curate.reports import results
from curate.reports.results import Row

_COMMITS = 100  # that changed a figure and are looked at


class Version(NamedTuple):
    """What a version holds and what models made of it."""

    where: str  # git revision and its date, or `this one`
    id: str  # of the snapshot
    pairs: int | None  # in the snapshot
    best: dict[str, Row]  # model and direction -> recall at the highest rank


def of(figures: Path, most: int) -> list[Version]:
    """This version and those before it, the newest first, each once.

    Args:
        figures: folder of metrics, with snapshot.json and evaluate/<model>.json.
        most: versions.
    """
    evaluated = results.below(figures / "evaluate")
    now = _version("this one", results.read(figures / "snapshot.json"), evaluated)
    found = [now] if now.best else []
    seen = {_key(now)}
    for where, files in _revisions(figures):
        models = {
            Path(name).stem: figure
            for name, figure in sorted(files.items())
            if name.startswith("evaluate/")
        }
        then = _version(where, files.get("snapshot.json", {}), models)
        if then.best and _key(then) not in seen:
            seen.add(_key(then))
            found.append(then)
        if len(found) == most:
            break
    return found


def _key(version: Version) -> str:
    return json.dumps(version[1:])


def _version(
    where: str, snapshot: Mapping[str, Any], evaluated: Mapping[str, Mapping[str, Any]]
) -> Version:
    best = {}
    for model, figures in evaluated.items():
        for recall in results.recalls(results.rows(figures)):
            way = recall.group.replace("_", " ").replace("retrieval ", "")
            best[f"{model} {way}".strip()] = recall.at[max(recall.at)]
    return Version(where, str(snapshot.get("id", ""))[:12], snapshot.get("pairs"), best)


def _revisions(folder: Path) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Each revision that changed a figure below a folder, and its JSON files; the newest first."""
    asked = ("log", f"-{_COMMITS}", "--format=%H %cs", "--", "snapshot.json", "evaluate")
    for line in _git(folder, *asked).splitlines():
        revision, date = line.split()
        listed = _git(folder, "ls-tree", "-r", "--name-only", revision, "snapshot.json", "evaluate")
        yield (
            f"{revision[:8]} of {date}",
            {name: _read(folder, revision, name) for name in listed.splitlines()},
        )


def _read(folder: Path, revision: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_git(folder, "show", f"{revision}:./{name}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _git(folder: Path, *words: str) -> str:
    """What git answers; nothing where there is no such thing, or no git."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
