"""A plugin is a file: from its name to its module, and the list of those there are."""

import difflib
import importlib
import pkgutil
from types import ModuleType

from curate.dataset.errors import PluginError


def names(package: str) -> list[str]:
    """Names of the plugins in a package such as `curate.scorers`, sorted."""
    found = importlib.import_module(package)
    modules = (module.name for module in pkgutil.iter_modules(found.__path__))
    return sorted(name for name in modules if not name.startswith("_"))


def load(package: str, name: str) -> ModuleType:
    """The module of one plugin.

    Raises:
        PluginError: there is no such file; says which there are.
    """
    known = names(package)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        folder = package.replace(".", "/")
        raise PluginError(f"no file {folder}/{name}.py{guess} (known: {', '.join(known)})")
    return importlib.import_module(f"{package}.{name}")
