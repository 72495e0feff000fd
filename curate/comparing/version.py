"""A folder or a git revision in; the tables of that version of a snapshot out.

Beside a snapshot lie the tables that it was made from: pool, made pairs, decisions, scores. They
are taken for those of this snapshot only if the pairs that they keep are exactly those that it
holds or refused; another run may have overwritten them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from curate.comparing import revision
from curate.dataset import overlay, parents, record, sets, tables
from curate.dataset.errors import DataError

PARAMS_FILE = "params.yaml"
_SETS = ("pool", "made", *overlay.FOLDERS)
_LABELS = ("labels/scene", "labels_made/scene")
_BESIDE = ("snapshot", "decisions", "scores", "scores_made", *_SETS, *_LABELS)
_PAIR = ["uid", "image", "source", "url"]  # columns that tell why a pair is not there


@dataclass(frozen=True)
class Version:
    """A snapshot and, where they are at hand, the tables that it was made from."""

    name: str  # as the user called it
    folder: Path  # of the snapshot
    data: Path | None  # folder of its tables; None: not at hand
    root: Path  # folder of the project, which the manifest's sets are relative to
    lacks: str = ""  # why its tables are not at hand

    @cached_property
    def rows(self) -> pa.Table:
        """The manifest, schema `record.MANIFEST`."""
        file = self.folder / record.MANIFEST_FILE
        return tables.conform(tables.read(file), record.MANIFEST, file)

    @cached_property
    def originals(self) -> pa.Table:
        """The manifest with the pictures' names of before any was blurred, as scores have them."""
        return overlay.with_originals(self.rows)

    @cached_property
    def parents(self) -> dict[str, list[str]]:
        """Uid of a made pair of the manifest -> uids of its parents, in their order."""
        return parents.by_pair(parents.of_snapshot(self.folder))

    @cached_property
    def about(self) -> dict[str, Any]:
        """What snapshot.json says; empty where there is none."""
        file = self.folder / record.SNAPSHOT_FILE
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What provenance.json says; empty for a snapshot of before there was one."""
        file = self.folder / record.PROVENANCE_FILE
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @property
    def code(self) -> str:
        """Which revision of the code made it, in words; empty where that is not known."""
        revision = str(self.provenance.get("revision") or "")[:10]
        changed = ", ".join(self.provenance.get("uncommitted", []))
        return f"{revision} and uncommitted {changed}" if revision and changed else revision

    @cached_property
    def refused(self) -> pa.Table:
        """Kept pairs that the snapshot refused, by uid in `item`: schema `record.REJECTED`."""
        file = self.folder / sets.REJECTED_FILE
        return tables.read(file) if file.is_file() else record.REJECTED.empty_table()

    @cached_property
    def pairs(self) -> pa.Table:
        """uid, image, source and url of every pair, crawled or made."""
        return pa.concat_tables([tables.read(file, _PAIR) for file in self.sets])

    @cached_property
    def lost(self) -> pa.Table:
        """What the crawl refused, schema `record.REJECTED`."""
        folder = self._data / "pool"
        parts = [tables.read(file) for file in sorted(folder.rglob(sets.REJECTED_FILE))]
        return tables.concat(parts, record.REJECTED)

    @cached_property
    def decisions(self) -> pa.Table:
        """uid, kept, reason and margin of every pair that was decided on."""
        columns = ["uid", "kept", "reason", "margin"]
        return pa.concat_tables([tables.read(f, columns) for f in self.rulings])

    def margins(self, uids: pa.Array) -> pa.Table:
        """Names and margins, as in `record.DECISIONS`, of some pairs.

        Tables of before margins were kept give no rows.
        """
        files = [f for f in self.rulings if "margins" in tables.schema(f).names]
        asked = pc.field("uid").isin(uids)
        schema = pa.schema([record.DECISIONS.field(name) for name in ("uid", "margins")])
        return tables.concat([tables.wanted([f], asked, schema.names) for f in files], schema)

    @cached_property
    def params(self) -> dict[str, Any] | None:
        """params.yaml; None where it is not at hand."""
        return self._yaml(PARAMS_FILE)

    @cached_property
    def lock(self) -> dict[str, Any]:
        """The stages of dvc.lock; empty where it is not at hand."""
        return (self._yaml("dvc.lock") or {}).get("stages", {})

    @cached_property
    def recorded_params(self) -> dict[str, Any] | None:
        """What the stages read of params.yaml, by provenance.json; None where it does not say."""
        said: dict[str, Any] = {}
        for key, value in self.provenance.get("params", {}).get(PARAMS_FILE, {}).items():
            *above, last = key.split(".")
            place = said
            for name in above:
                place = place.setdefault(name, {})
            place[last] = value
        return said or None

    @cached_property
    def recorded_stages(self) -> dict[str, Any]:
        """The stages of provenance.json as dvc.lock has them; a stage's name is its output's."""
        told = self.provenance.get("stages", {})
        params = self.recorded_params or {}
        return {
            name: {
                "cmd": stage["cmd"],
                "deps": [{"path": path, "md5": md5} for path, md5 in stage["deps"].items()]
                + [{"path": other, "md5": told[other]["fingerprint"]} for other in stage["reads"]],
                "params": {
                    file: {key: at(params, key) for key in keys}
                    for file, keys in stage["params"].items()
                    if file == PARAMS_FILE
                },
                "outs": [{"path": name}],
            }
            for name, stage in told.items()
        }

    def rules(self, made: bool) -> dict[str, Any] | None:
        """The rules that pairs were filtered by, by name; None where no params are at hand.

        What provenance.json says comes first: a params.yaml may have been edited since.
        """
        params = self.recorded_params or self.params
        if params is None:
            return None
        section = params.get("filter_made" if made else "filter") or {}
        return {name: r for name, r in (section.get("rules") or {}).items() if r is not None}

    @property
    def _data(self) -> Path:
        if self.data is None:
            raise DataError(self.lacks)
        return self.data

    @property
    def sets(self) -> list[Path]:
        """Tables of pairs: those of the pool, then those of made sets."""
        folders = (self._data / "pool", self._data / "made")
        return [file for folder in folders for file in sorted(folder.rglob(sets.PAIRS_FILE))]

    @property
    def rulings(self) -> list[Path]:
        """Tables of decisions; made.parquet comes before pool.parquet."""
        return sorted((self._data / "decisions").glob("*.parquet"))

    def _yaml(self, name: str) -> Any:
        file = self.root / name
        if self.data is None or not file.is_file():
            return None
        return yaml.safe_load(file.read_text(encoding="utf-8"))


def at(values: Any, key: str, absent: Any = None) -> Any:
    """The value of a dotted key in a tree of mappings."""
    for name in key.split("."):
        values = values.get(name, absent) if isinstance(values, dict) else absent
    return values


@contextmanager
def opened(name: str, data: str = "data") -> Iterator[Version]:
    """A version, for as long as the context lasts.

    Args:
        name: a folder that is a snapshot, has one in it, or is a project; or a git revision.
        data: the project's folder of tables, relative to the project.

    Raises:
        DataError: there is no such snapshot, or DVC's cache does not hold that of the revision.
    """
    for folder in (Path(name), Path(name, "snapshot"), Path(name, data, "snapshot")):
        if (folder / record.MANIFEST_FILE).is_file():
            beside = folder.resolve().parent
            yield _checked(Version(name, folder, beside, beside.parent))
            return
    wanted = [f"{data}/{part}" for part in _BESIDE]
    with revision.linked(name, [PARAMS_FILE, "dvc.lock", *wanted]) as (root, lacks):
        advice = revision.advice(lacks, name) if lacks else ""
        if not (root / wanted[0] / record.MANIFEST_FILE).is_file():
            none = f"revision {name} has no {wanted[0]}: no snapshot was made in it"
            raise DataError(advice if wanted[0] in lacks else none)
        yield _checked(Version(name, root / wanted[0], root / data, root), advice)


def _checked(found: Version, advice: str = "") -> Version:
    """The version, without its tables where they are not there or not those of the snapshot."""
    lacks = ""
    if not found.rulings or not found.sets:
        lacks = advice or f"there are no pool and decisions in {found.data}"
    elif not _agree(found):
        lacks = (
            f"the decisions in {found.data} keep other pairs than the snapshot holds and refused: "
            "they are of another run"
        )
    return replace(found, data=None, lacks=lacks) if lacks else found


def _agree(found: Version) -> bool:
    """Whether the decisions keep exactly the pairs that the snapshot holds or refused."""
    kept = pc.unique(found.decisions.filter(found.decisions.column("kept")).column("uid"))
    held = pa.chunked_array(
        [*found.rows.column("uid").chunks, *found.refused.column("item").cast(pa.string()).chunks]
    )
    held = pc.unique(held)
    return len(kept) == len(held) and bool(pc.all(pc.is_in(kept, value_set=held)).as_py())
