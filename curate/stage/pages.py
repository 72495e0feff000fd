"""The pages of a service: packages name theirs by entry points, and a service shows them all.

    [project.entry-points."pairwright.pages"]
    why = "curate.pages:why"

names a function from a project's `Places` to a `Page`, which is then at `/why/`. So what one
package tells of a pair stands beside what another finds, and neither imports the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

GROUP = "pairwright.pages"


@dataclass(frozen=True)
class Places:
    """Where a project leaves what pages tell of."""

    data: Path = Path("data")
    params: Path = Path("params.yaml")
    models: Path = Path("models")
    reports: Path = Path("reports")


@dataclass(frozen=True)
class Page:
    """HTML at a path of its own.

    Attributes:
        title: of a link to it.
        html: what follows its path -> the page, as UTF-8; raises `DataError` where there is none.
        policy: content security policy that it is sent with.
        of_pair: whether a pair's uid is what follows its path; else nothing does.
    """

    title: str
    html: Callable[[str], bytes]
    policy: str
    of_pair: bool = False


def found(places: Places) -> dict[str, Page]:
    """The pages of all installed packages, by name."""
    named = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: entry.load()(places) for entry in named}
