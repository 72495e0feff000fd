"""A plugin is a file: from its name to its module, and the list of those there are.

A name with dots says the package, too: one that lies on another floor, or in a package of yours.
"""

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

    Args:
        package: of plugins of its kind.
        name: of a file there, or of a module anywhere: `align.scorers.complexity`.

    Raises:
        PluginError: there is no such package, or no such file in it; says which there are.
    """
    if "." in name:
        package, _, name = name.rpartition(".")
    try:
        known = names(package)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"{package} is no package of plugins: {error}") from error
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        folder = package.replace(".", "/")
        raise PluginError(f"no file {folder}/{name}.py{guess} (known: {', '.join(known)})")
    return importlib.import_module(f"{package}.{name}")
