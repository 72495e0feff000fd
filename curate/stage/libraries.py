"""Source files, or names of top-level modules, in; what they import, or who brings them, out."""

import ast
import functools
from collections.abc import Collection
from importlib.metadata import Distribution, distributions
from pathlib import Path


def imported(file: Path) -> set[str]:
    """Top-level names of the modules that a source file imports, inside its functions too."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    plain |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain}


def owners(tops: Collection[str]) -> set[str]:
    """Names of the distributions that hold any of some modules or packages.

    As `importlib.metadata.packages_distributions`, which makes a path object of every installed
    file and takes as long as to score thousands of captions.
    """
    found = [dist for dist, holds in _installed() if any(_within(top, *holds) for top in tops)]
    return {dist.metadata["Name"] for dist in found}


@functools.cache
def _installed() -> list[tuple[Distribution, tuple[frozenset[str], str]]]:
    """Each distribution with the modules that it declares, or else the list of its files."""
    listed = []
    for dist in distributions():
        declared = frozenset((dist.read_text("top_level.txt") or "").split())
        files = "" if declared else dist.read_text("RECORD") or ""
        listed.append((dist, (declared, f"\n{files}")))
    return listed


def _within(top: str, declared: frozenset[str], files: str) -> bool:
    return top in declared or any(f"\n{top}{end}" in files for end in ("/", ".py,", ".cpython-"))
