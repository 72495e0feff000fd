"""The name of a module in; what its results depend on by way of code, out.

Its own file and every file of ours that it imports, however deep and inside of functions too, and
the releases of the libraries that these import. All of it is read in the sources: nothing is
loaded. What a module imports by a name that it makes up is not seen.
"""

import ast
import functools
from importlib.metadata import version
from importlib.util import resolve_name
from pathlib import Path

from curate.dataset.memory import fingerprint
from curate.stage import libraries

ROOT = Path(__file__).resolve().parents[2]
_OURS = ("align", "augment", "curate", "train")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # of statements, in a statement


def prints(module: str, root: Path = ROOT) -> dict[str, str]:
    """Hash of each file by its module's name, and release of each library by its own.

    Args:
        module: dotted name of one of ours.
        root: folder of our packages.
    """
    sources: dict[str, bytes] = {}
    tops: set[str] = set()
    left = {module}
    while left:
        name = left.pop()
        if name.partition(".")[0] not in _OURS:
            tops.add(name.partition(".")[0])
        elif name not in sources and (file := _file(name, root)):
            sources[name] = file.read_bytes()
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            left |= _imports(sources[name], package) - sources.keys()
    files = {name: fingerprint(source) for name, source in sources.items()}
    return files | {name: version(name) for name in libraries.owners(tops)}


def _file(name: str, root: Path) -> Path | None:
    """Where a module lies; None where the name is of something in a module."""
    place = root.joinpath(*name.split("."))
    found = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in found if file.is_file()), None)


@functools.lru_cache(maxsize=256)
def _imports(source: bytes, package: str) -> frozenset[str]:
    """Names that a source imports, `from a import b` as both a and a.b.

    Only statements are looked at, since no expression imports: a tenth of the tree.
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
