"""A drawn project that is scored and decided on for real, and copies of it as versions."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from curate import filter as stage
from curate import together
from curate.dataset import sets, tables
from curate.scorers import caption, image
from curate.stage.params import build

RULES = {
    "words": {"column": "caption.words", "at_least": 3},
    "shared": {"shared_by": 3},
}


class Versions:
    """The project in the working directory, which can be changed, run and set aside."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.rules: dict[str, dict[str, Any]] = {name: dict(rule) for name, rule in RULES.items()}

    def run(self) -> None:
        """Score, decide and freeze."""
        rules = {"rules": self.rules}
        made = {"rules": {"words": self.rules["words"]}} if "words" in self.rules else {"rules": {}}
        params = {"filter": rules, "filter_made": made}
        Path("params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        for name, folder in (("pool", "scores"), ("made", "scores_made")):
            pairs = sets.located([Path("data", name)])
            small = together.measure(sets.distinct_images(pairs), [(image, image.Params())])
            words = caption.score(pairs, caption.Params())
            for scorer, table in ((caption, words), (image, *small)):
                file = Path("data", folder, f"{scorer.__name__.rpartition('.')[2]}.parquet")
                tables.write(table, file, scorer.KEY, scorer.SCHEMA)
            section = "filter" if name == "pool" else "filter_made"
            stage.main(
                Path("data", name),
                Path("data", folder),
                Path(f"data/decisions/{name}.parquet"),
                build(stage.FilterParams, params[section], section),
            )
        self.project.freeze()

    def aside(self, name: str = "before") -> str:
        """Copy the project as it is."""
        shutil.copytree("data", Path(name, "data"))
        shutil.copy("params.yaml", name)
        return name


@pytest.fixture
def versions(drawn_project: Any) -> Versions:
    """A project that ran once and was set aside as `before`."""
    found = Versions(drawn_project)
    found.run()
    found.aside()
    return found


@pytest.fixture
def compared(versions: Versions) -> Callable[..., Any]:
    """Runs the project again and compares it with what it was before."""
    from curate.comparing.comparison import compare
    from curate.comparing.version import opened

    def run(a: str = "before", b: str = ".", again: bool = True) -> Any:
        if again:
            versions.run()
        with opened(a) as first, opened(b) as second:
            return compare(first, second)

    return run
