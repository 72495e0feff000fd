"""What is installed in; the licence that each distribution states, and who needs it, out.

    python -m docs.licences

prints the table that `make docs` makes a page of. A distribution states its licence by an SPDX
expression, by classifiers or in words of its own, in that order of trust; of those that state none
in their metadata it is read off the file that they bring along (`STATED`).
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
STATED = {
    "cuda-toolkit": "LicenseRef-NVIDIA-Proprietary",
    "mlcroissant": "Apache-2.0",
    "resvg-py": "MIT",
}
"""Of distributions that say nothing in their metadata: what their LICENSE files and pages say."""
_SAID = 60  # characters of words of their own that are told


class Needed(NamedTuple):
    """An installed distribution."""

    name: str
    version: str
    licence: str
    by: str  # "default": pairwright itself; "extra": one of its extras; "": somebody else


def installed() -> list[Needed]:
    """All that is installed here, but for pairwright, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    default = _closure(project["dependencies"])
    extra = _closure([r for some in project["optional-dependencies"].values() for r in some])
    found = {}
    for one in distributions():
        name = _name(one.metadata["Name"])
        by = "default" if name in default else "extra" if name in extra else ""
        found[name] = Needed(name, one.version, licence(one), by)
    found.pop("pairwright", None)
    return [found[name] for name in sorted(found)]


def licence(one: Distribution) -> str:
    """What a distribution says of its licence; `unknown` where it says nothing."""
    for expression in one.metadata.get_all("License-Expression") or ():
        return str(expression)
    named = [c for c in one.metadata.get_all("Classifier") or () if c.startswith("License :: ")]
    ends = [c.rpartition(" :: ")[2] for c in named if not c.endswith("OSI Approved")]
    if ends:
        return "; ".join(sorted(ends))
    words = " ".join(" ".join(one.metadata.get_all("License") or ()).split())[:_SAID]
    return words or STATED.get(_name(one.metadata["Name"]), "unknown")


def table() -> Iterator[str]:
    """Lines of a Markdown table of all that is installed."""
    yield from ("| distribution | version | licence | needed by |", "|---|---|---|---|")
    for one in installed():
        yield f"| {one.name} | {one.version} | {one.licence.replace('|', '/')} | {one.by} |"


def page() -> Iterator[str]:
    """The page of the reference."""
    yield from ("# Licences", "")
    yield "What was installed when this site was built, and the licence that each states: of what"
    yield "pairwright needs by `default`, and of what one of its extras does. Pairwright itself is"
    yield from ("under the MIT licence.", "")
    yield from table()


def _closure(requirements: list[str]) -> set[str]:
    """Names of what some requirements need, and of what that needs, as far as it is installed."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        extras = [{"extra": extra} for extra in ("", *wanted.extras)]
        for inner in _inner(wanted, found):
            if inner.marker is None or any(map(inner.marker.evaluate, extras)):
                waiting.append(inner)
    return found


def _inner(wanted: Requirement, found: set[str]) -> list[Requirement]:
    """What a requirement needs itself; it is entered. None of what is known or not installed."""
    name = _name(wanted.name)
    try:
        one = distribution(name)
    except PackageNotFoundError:
        return []
    if name in found and not wanted.extras:
        return []
    found.add(name)
    return [Requirement(text) for text in one.requires or ()]


def _name(text: str) -> str:
    """A distribution's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", text).lower()


if __name__ == "__main__":
    print("\n".join(table()))
