"""What a crawl reads in; what of it DVC does not watch, so that it would not notice an edit, out.

DVC's templates cannot list what the sources of params.yaml read: `crawl.reads` and
`crawl.guard.reads` name it, and whoever reads in several places adds lines to the stage's deps.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from curate.stage import plugin

if TYPE_CHECKING:
    from curate.crawl import CrawlParams

_STAGE = "DVC_STAGE"  # what DVC tells the commands that it runs
_PATTERN = re.compile(r"[*?\[{]")
_LOCAL = "local-dir:"


def warn(params: "CrawlParams", kinds: Mapping[str, tuple[str, Any]], packages: Path) -> None:
    """Say which files are read and not watched, where DVC runs the crawl.

    Args:
        params: of the crawl.
        kinds: name of each source -> kind and parameters.
        packages: folder of the fetched packages.
    """
    if _STAGE not in os.environ:
        return
    watched = [packages, *_deps(os.environ[_STAGE])]
    watched += [Path(path) for path in (params.reads, params.guard.reads) if path]
    for key, path, mended in [*_of_sources(kinds), *_of_guard(params)]:
        if not any(_covers(place, path) for place in watched):
            print(
                f"crawl: {key} is {path}, which DVC does not watch: after an edit `dvc repro` will "
                f"say that all is up to date; name it, or a folder around it, in {mended} or among "
                "the deps of the stage in dvc.yaml",
                file=sys.stderr,
            )


def _of_sources(kinds: Mapping[str, tuple[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """(Key, path, key that may name it) of all that sources read here."""
    for name, (kind, own) in kinds.items():
        for field in getattr(plugin.load("curate.sources", kind), "READS", ()):
            if "://" not in (path := getattr(own, field)):
                yield f"crawl.sources.{name}.{field}", path, "crawl.reads"


def _of_guard(params: "CrawlParams") -> Iterator[tuple[str, str, str]]:
    """As `_of_sources`, of the guard's model."""
    model, weights = params.guard.model or "", params.guard.weights or ""
    if model.startswith(_LOCAL):
        yield "crawl.guard.model", model.removeprefix(_LOCAL), "crawl.guard.reads"
    if model and Path(weights).is_file():
        yield "crawl.guard.weights", weights, "crawl.guard.reads"


def _deps(stage: str) -> Iterator[Path]:
    """The paths that dvc.yaml itself names as dependencies of a stage.

    Args:
        stage: `<dvc.yaml>:<name>`, or the name alone; the path is seen from where `dvc` was called,
            and the command runs beside the file.
    """
    path, _, name = stage.rpartition(":")
    file = Path(Path(path).name or "dvc.yaml")
    content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None
    stages = content.get("stages") if isinstance(content, dict) else None
    for dep in ((stages or {}).get(name) or {}).get("deps") or ():
        yield Path(dep if isinstance(dep, str) else next(iter(dep)))


def _covers(place: Path, path: str) -> bool:
    """Whether all that a path or pattern means lies at or below a place."""
    found = _PATTERN.search(path)
    fixed = path[: found.start()].rpartition("/")[0] or "." if found else path
    return Path(os.path.abspath(fixed)).is_relative_to(os.path.abspath(place))  # noqa: PTH100
