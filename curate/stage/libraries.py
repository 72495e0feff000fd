"""Source files, or names of top-level modules, in; what they import, or who brings them, out."""

import ast
import functools
import re
from collections.abc import Collection
from importlib.metadata import Distribution, distributions, version
from importlib.util import resolve_name
from pathlib import Path

_MODULE = re.compile(r"^(\w+)(?:/|\.py,|\.cpython-)", re.MULTILINE)  # top-level, of a list of files
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # of statements, in a statement


def imported(file: Path, root: Path) -> set[str]:
    """Top-level names of the modules that a source file imports; none where it is no Python 3.

    Args:
        file: the source.
        root: folder of the packages that it belongs to.
    """
    try:
        found = imports(file.read_bytes(), ".".join(file.parent.relative_to(root).parts))
    except SyntaxError:
        return set()
    return {name.partition(".")[0] for name in found}


@functools.lru_cache(maxsize=256)
def imports(source: bytes, package: str) -> frozenset[str]:
    """Names that a source imports, inside its functions too; `from a import b` as both a and a.b.

    Only statements are looked at, since no expression imports: a tenth of the tree.

    Args:
        source: of a module.
        package: the module's, for what it imports by a relative name.
    """
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(source)]
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            found.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
        for block in _BLOCKS:
            nodes += getattr(node, block, ())
    return frozenset(found)


def owners(tops: Collection[str]) -> set[str]:
    """Names of the distributions that hold any of some modules or packages.

    As `importlib.metadata.packages_distributions`, which makes a path object of every installed
    file and takes as long as to score thousands of captions.
    """
    return {_name(dist) for dist, holds in _installed() if not holds.isdisjoint(tops)}


@functools.cache
def release(name: str) -> str:
    """Version of an installed distribution; of those that ran, since a process keeps its own."""
    return version(name)


@functools.cache
def _installed() -> list[tuple[Distribution, frozenset[str]]]:
    """Each distribution with the modules that it declares, or else those among its files."""
    found = []
    for dist in distributions():
        declared = (dist.read_text("top_level.txt") or "").split()
        files = [] if declared else _MODULE.findall(dist.read_text("RECORD") or "")
        found.append((dist, frozenset(declared or files)))
    return found


@functools.cache
def _name(dist: Distribution) -> str:
    """As it calls itself: its metadata is slow to read."""
    return dist.metadata["Name"]
