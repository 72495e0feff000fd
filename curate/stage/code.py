"""The name of a module in; what its results depend on by way of code, out.

Its own file and every file of ours that it imports, however deep and inside of functions too, and
the releases of the libraries that these import. All of it is read in the sources: nothing is
loaded. What a module imports by a name that it makes up is not seen.
"""

from importlib.util import find_spec
from pathlib import Path

from curate.dataset.memory import fingerprint
from curate.stage import libraries

ROOT = Path(__file__).resolve().parents[2]
_OURS = ("align", "augment", "curate", "train")


def prints(module: str, root: Path = ROOT) -> dict[str, str]:
    """Hash of each file by its module's name, and release of each library by its own.

    Args:
        module: dotted name of one of ours, or of a package of the user's own.
        root: folder of our packages.
    """
    sources: dict[str, bytes] = {}
    tops: set[str] = set()
    own = module.partition(".")[0]
    roots = {**dict.fromkeys(_OURS, root), **({} if own in _OURS else {own: _root(own)})}
    left = {module}
    while left:
        name = left.pop()
        if (top := name.partition(".")[0]) not in roots:
            tops.add(top)
        elif name not in sources and (file := _file(name, roots[top])):
            sources[name] = file.read_bytes()
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            left |= libraries.imports(sources[name], package) - sources.keys()
    files = {name: fingerprint(source) for name, source in sources.items()}
    return files | {name: libraries.release(name) for name in libraries.owners(tops)}


def _root(package: str) -> Path:
    """The folder that a package of the user's own lies in."""
    found = find_spec(package)
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]).parent if places else ROOT


def _file(name: str, root: Path) -> Path | None:
    """Where a module lies; None where the name is of something in a module."""
    place = root.joinpath(*name.split("."))
    found = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in found if file.is_file()), None)
