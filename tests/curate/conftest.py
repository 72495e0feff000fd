"""A drawn project as the stages before the snapshot leave it, and a CLIP of a few thousand weights
that `open_clip` loads like any other."""

import contextlib
import copy
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
import yaml

from curate.dataset import marks, parents, record, sets, tables
from tests import _frozen, _wordnet

COLOURS = ("red", "green", "blue", "black", "gold", "navy", "teal")
SPLIT_OF = dict(zip(COLOURS, ["train"] * 4 + ["validation", "test", "test"], strict=True))
SNAPSHOT = {
    "name": "drawn-shapes",
    "version": "0.1.0",
    "max_rejected": 0.9,
    "datasheet": {
        "description": "Shapes drawn for a test.",
        "creator": "Pairwright",
        "url": "https://example.org/pairwright",
        "cite_as": "@misc{shapes, title={Shapes}}",
        "date_published": "2025-01-01",
        "licence_urls": {"CC0-1.0": "https://spdx.org/licenses/CC0-1.0.html"},
        "biases": ["Towards circles."],
    },
}

RULES = {
    "words": {"column": "caption.words", "at_least": 3},
    "shown": {"column": "pairs.lang", "is_in": ["en"]},
    "manual": {"column": "caption.words", "at_most": 9, "sources": ["manual"]},
}


class DrawnProject:
    """Eight pairs of seven circles in three splits, and a red square made from the red circle.

    The black circle was dropped; the red one also has a French caption.
    """

    def __init__(self, root: Path, drawn: Callable[..., bytes], write_set: Any) -> None:
        self.root = root
        self.draw = drawn
        self._write_set = write_set
        circles = {colour: drawn("circle", colour) for colour in COLOURS}
        rows = [(data, "en", f"a {colour} circle") for colour, data in circles.items()]
        rows.append((circles["red"], "fr", "un cercle rouge"))
        self.pairs = write_set(Path("data/pool"), rows).to_pylist()
        by_caption = {row["caption"]: row for row in self.pairs}
        self.circles = {colour: by_caption[f"a {colour} circle"] for colour in COLOURS}
        self.write_splits(lambda row: row)
        self.decide("pool", self.pairs, dropped=[self.circles["black"]["uid"]])
        self.write_made([("square", "red", "a red square", self.circles["red"]["uid"])])
        nodes = pa.table({"uid": [self.circles["red"]["uid"]], "node": [0]})
        tables.write(nodes, Path("data/labels/scene/nodes.parquet"), "uid")

    def write_splits(self, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
        """Write the table of splits, each row as `change` makes it; None leaves it out."""
        rows = [
            {"image": row["image"], "split": SPLIT_OF[colour], "group": f"group-{colour}"}
            for colour, row in self.circles.items()
        ]
        changed = [row for row in map(change, rows) if row is not None]
        table = pa.Table.from_pylist(changed, record.SPLITS)
        tables.write(table, Path("data/split.parquet"), "image", record.SPLITS)

    def write_made(self, shapes: Collection[tuple[str, ...]]) -> list[dict[str, Any]]:
        """Replace the made set by (shape, colour, caption, parents' uids ...), all of them kept.

        A picture that the pool has not bears the mark of what is made.
        """
        root = Path("data/made/geometric")
        shutil.rmtree(root, ignore_errors=True)
        drawn = [(self.made(s, c), "en", text, uids) for s, c, text, *uids in shapes]
        pairs = self._write_set(root, [(*row[:3], "geometric") for row in drawn])
        of = {record.pair_uid(record.image_name(d), lg, t): uids for d, lg, t, uids in drawn}
        rows = [
            {**row, "parent": of[row["uid"]][0], "recipe": '{"method": "geometric"}'}
            for row in pairs.to_pylist()
        ]
        table = pa.Table.from_pylist(rows, record.PAIRS)
        tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
        named = [
            {"uid": uid, "parent": parent, "position": position}
            for uid, uids in of.items()
            for position, parent in enumerate(uids)
        ]
        table = pa.Table.from_pylist(named, record.PARENTS)
        tables.write(table, root / parents.FILE, parents.KEY, record.PARENTS)
        self.decide("made", rows)
        return rows

    def made(self, shape: str, colour: str) -> bytes:
        """A drawn picture as a method leaves it."""
        data = self.draw(shape, colour)
        if record.image_name(data) in {row["image"] for row in self.pairs}:
            return data
        return marks.marked(data, marks.Mark(marks.EDITED, "geometric"))

    def decide(self, name: str, rows: Any, dropped: Collection[str] = ()) -> None:
        """Write the decisions on a set: all kept but some, which rule `clip` dropped."""
        decisions = [
            {
                "uid": row["uid"],
                "kept": row["uid"] not in dropped,
                "reason": "clip",
                "margin": -0.05 if row["uid"] in dropped else 0.1,
                "failed": ["clip"] if row["uid"] in dropped else [],
                "margins": [("clip", -0.05 if row["uid"] in dropped else 0.1)],
            }
            for row in rows
        ]
        table = pa.Table.from_pylist(decisions, record.DECISIONS)
        tables.write(table, Path(f"data/decisions/{name}.parquet"), "uid", record.DECISIONS)

    def freeze(
        self,
        out: str = "data/snapshot",
        blurred: Path | None = None,
        blurred_made: Path | None = None,
        scores: Path | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """Run the snapshot stage and return its metrics."""
        values = {**SNAPSHOT, **changes}
        places = {"blurred": blurred, "blurred_made": blurred_made, "scores": scores}
        return _frozen.freeze(values, out, **places)

    def manifest(self) -> list[dict[str, Any]]:
        """The rows of the frozen snapshot."""
        return tables.read(Path("data/snapshot/manifest.parquet")).to_pylist()

    def refused(self) -> list[dict[str, Any]]:
        """The rows that the snapshot refused."""
        return tables.read(Path("data/snapshot/rejected.parquet")).to_pylist()

    def copied(self, root: Path) -> "DrawnProject":
        """The same in another folder."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        other = copy.deepcopy(self)
        other.root = root
        return other


@pytest.fixture(scope="session")
def drawn_once(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: Callable[..., bytes],
    write_set: Callable[..., pa.Table],
) -> DrawnProject:
    """A drawn project, to be copied."""
    root = tmp_path_factory.mktemp("drawn")
    with contextlib.chdir(root):
        return DrawnProject(root, drawn, write_set)


@pytest.fixture
def drawn_project(project: Path, drawn_once: DrawnProject) -> DrawnProject:
    """A drawn project in the working directory, ready to be frozen."""
    return drawn_once.copied(project)


@pytest.fixture(scope="session")
def frozen_once(
    tmp_path_factory: pytest.TempPathFactory, drawn_once: DrawnProject
) -> tuple[DrawnProject, dict[str, Any]]:
    """A drawn project with its snapshot, to be copied, and the metrics of the stage."""
    made = drawn_once.copied(tmp_path_factory.mktemp("frozen"))
    with contextlib.chdir(made.root):
        return made, made.freeze()


@pytest.fixture
def frozen(project: Path, frozen_once: tuple[DrawnProject, dict[str, Any]]) -> DrawnProject:
    """A drawn project in the working directory, with its snapshot."""
    return frozen_once[0].copied(project)


@pytest.fixture
def scored_project(drawn_project: DrawnProject) -> DrawnProject:
    """A drawn project, scored, decided and frozen for real."""
    from curate import filter as stage
    from curate import together
    from curate.scorers import caption, phash
    from curate.stage.params import build

    root = drawn_project.root
    params = {"filter": {"rules": RULES}, "filter_made": {"rules": {"words": RULES["words"]}}}
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    for name, folder in (("pool", "scores"), ("made", "scores_made")):
        pairs = sets.located([root / "data" / name])
        hashes = together.measure(sets.distinct_images(pairs), [(phash, phash.Params())])[0]
        tables.write(hashes, root / f"data/{folder}/phash.parquet", "image", phash.SCHEMA)
        words = caption.score(pairs, caption.Params())
        tables.write(words, root / f"data/{folder}/caption.parquet", "uid", caption.SCHEMA)
        section = "filter" if name == "pool" else "filter_made"
        stage.main(
            root / "data" / name,
            root / "data" / folder,
            root / f"data/decisions/{name}.parquet",
            build(stage.FilterParams, params[section], section),
        )
    drawn_project.freeze()
    return drawn_project


@pytest.fixture(scope="session")
def finished_once(
    tmp_path_factory: pytest.TempPathFactory,
    drawn_once: DrawnProject,
    database_folder: Path,
    tone: Callable[..., bytes],
    moving: Callable[..., bytes],
) -> DrawnProject:
    """A drawn project in which every stage has run, to be copied."""
    from tests import _media, _report

    made = drawn_once.copied(tmp_path_factory.mktemp("finished"))
    red = made.circles["red"]
    with contextlib.chdir(made.root):
        _media.lay(Path("data/pool"), [(red, tone(300))], [(red, moving())])
        packed = _wordnet.packed(database_folder, tmp_path_factory.mktemp("packages"))
        return _report.finish(made, packed)


@pytest.fixture
def finished(project: Path, finished_once: DrawnProject) -> DrawnProject:
    """A drawn project in which every stage has run, with a hostile caption."""
    return finished_once.copied(project)


class Reported(NamedTuple):
    """A finished project with its report and a comparison with itself, which no test changes."""

    project: DrawnProject
    metrics: dict[str, Any]
    text: str  # of the report
    pages: list[Path]  # the report and the comparison


@pytest.fixture(scope="session")
def reported_once(
    tmp_path_factory: pytest.TempPathFactory, finished_once: DrawnProject
) -> Reported:
    """The pages of a finished project."""
    from curate.comparing.comparison import compare
    from curate.comparing.version import opened
    from curate.reports import difference
    from tests import _report

    made = finished_once.copied(tmp_path_factory.mktemp("reported"))
    with contextlib.chdir(made.root):
        metrics, text = _report.write()
        with opened(".") as a, opened(".") as b:
            difference.write(compare(a, b), Path("reports/difference.html"))
    pages = [made.root / _report.OUT, made.root / "reports/difference.html"]
    return Reported(made, metrics, text, pages)


@pytest.fixture
def reported(reported_once: Reported, monkeypatch: pytest.MonkeyPatch) -> Reported:
    """The pages of a finished project, which is the working directory and stays as it is."""
    monkeypatch.chdir(reported_once.project.root)
    return reported_once
