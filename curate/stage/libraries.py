"""Source files, or names of top-level modules, in; what they import, or who brings them, out."""

import ast
import functools
from collections.abc import Collection
from importlib.metadata import Distribution, distributions
from importlib.util import resolve_name
from pathlib import Path

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
