"""A project's tables and a uid in; all that they say of that pair, out.

Only the pair itself must be there: what no stage has said of it yet is left out.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import learning
from curate.columns import Rows
from curate.dataset import parents, record, sets, tables, truth
from curate.dataset.errors import DataError, ParamsError
from curate.rules.rule import Rule
from curate.rules.words import describe, word
from curate.stage import params as parameter_file

Row = dict[str, Any]
_SHOWN = 5  # names in a message
_BITS = 6  # within which pictures look alike where no rule says so


@dataclass(frozen=True)
class Project:
    """Where the pipeline leaves its tables."""

    data: Path  # folder
    params: Path  # params file
    models: Path = learning.MODELS  # folder

    def rules(self, made: bool) -> dict[str, Rule]:
        """The rules in force now, by name, for crawled or made pairs; none without params."""
        section = f"filter{'_made' if made else ''}.rules"
        try:
            values = parameter_file.load(self.params, section)
        except ParamsError:
            return {}
        named = {name: rule for name, rule in values.items() if rule is not None}
        return {n: parameter_file.build(Rule, r, f"{section}.{n}") for n, r in named.items()}


@dataclass(frozen=True)
class Ruling:
    """What one rule said of the pair."""

    name: str
    says: str  # passed, failed or not asked
    margin: float | None  # value minus threshold, as in `record.DECISIONS`
    asks: str  # the rule in words; empty where the params no longer have it
    value: str  # of the rule's column, for reading


@dataclass
class Story:
    """All that is known of a pair; rows are those of the tables."""

    pair: Row  # schema `sets.LOCATED`
    made: bool  # whether it was made from another
    split: Row | None = None  # schema `record.SPLITS`
    decision: Row | None = None  # schema `record.DECISIONS`
    rulings: list[Ruling] = field(default_factory=list)  # in the order of asking
    scores: dict[str, Row] = field(default_factory=dict)  # by scorer
    # pairs with their `kept` and `reason`, of:
    others: list[Row] = field(default_factory=list)  # the same picture
    alike: list[Row] = field(default_factory=list)  # near pictures, one of each, with `bits`
    parents: list[Row] = field(default_factory=list)  # what it was made from, in their order
    children: list[Row] = field(default_factory=list)  # what was made from it
    partners: list[Row] = field(default_factory=list)  # that differ in a fact, `here` and `there`
    facts: list[Row] = field(default_factory=list)  # schema `truth.FACTS`: what its caption states
    snapshots: list[Row] = field(default_factory=list)  # with `place`, `id` and `split`
    refusals: list[Row] = field(default_factory=list)  # of snapshots; `place`, `reason`, `detail`
    learnt: list[learning.Learnt] = field(default_factory=list)  # what models' training saw


def tell(uid: str, project: Project) -> Story:
    """The story of the pair whose uid is, or begins with, what is given.

    Raises:
        DataError: no pair, or more than one, has such a uid; or there is no set at all.
    """
    known = {
        name: sets.located([project.data / name])
        for name in ("pool", "made")
        if name == "pool" or sets.any_in(project.data / name)
    }
    where, pair = _find(uid, known)
    story = Story(pair, made=where == "made")
    folder = project.data / ("scores_made" if story.made else "scores")
    decisions = project.data / "decisions"
    story.split = _row(project.data / "split.parquet", "image", pair["image"])
    story.decision = _row(decisions / f"{where}.parquet", "uid", pair["uid"], record.DECISIONS)
    for file in sorted(folder.glob("*.parquet")):
        key = tables.read(file).column_names[0]
        if row := _row(file, key, pair[key]):
            story.scores[file.stem] = {name: row[name] for name in row if name != key}
    rules = project.rules(story.made)
    story.rulings = _rulings(story, rules)
    pairs = known[where]
    same = pairs.filter(pc.equal(pairs.column("image"), pair["image"])).to_pylist()
    others = [row for row in same if row["uid"] != pair["uid"]]
    alike = _alike(pairs, pair, Rows(pairs, folder), rules)
    story.others = _ruled(others, decisions / f"{where}.parquet")
    alike = _ruled(alike, decisions / f"{where}.parquet")
    story.alike = sorted(alike, key=lambda row: (row["bits"], not row.get("kept")))
    if "made" in known:
        _tell_of_making(story, known, project.data)
    story.snapshots = _snapshots(project.data, pair["uid"])
    story.refusals = _refusals(project.data, pair["uid"])
    story.learnt = learning.of_pair(pair["uid"], project.models)
    return story


def _tell_of_making(story: Story, known: dict[str, pa.Table], data: Path) -> None:
    """Add what a pair was made from, what was made from it, and what is known of it since."""
    uid, decisions = story.pair["uid"], data / "decisions"

    def among(uids: list[str], names: Iterable[str] = known) -> list[Row]:
        found: dict[str, Row] = {}
        for name in names:
            rows = tables.rows_with(known[name], "uid", uids).to_pylist()
            found |= {row["uid"]: row for row in _ruled(rows, decisions / f"{name}.parquet")}
        return [found[one] for one in dict.fromkeys(uids) if one in found]

    of = parents.of_sets([data / "made"])
    story.parents = among(parents.by_pair(of).get(uid, []))
    own = tables.rows_with(of, "parent", [uid]).column("uid")
    story.children = among(sorted(set(own.to_pylist())), ["made"])
    rows = truth.of_sets([data / "made"], "facts", truth.FACTS)
    story.facts = tables.rows_with(rows, "uid", [uid]).to_pylist()
    rows = truth.twins([data / "made"])
    for row in tables.rows_with(rows, "uid", [uid]).to_pylist():
        fact = {"here": row["becomes"], "there": row["was"]}
        story.partners += [{**pair, **fact} for pair in among([row["other"]])]


def _find(uid: str, known: dict[str, pa.Table]) -> tuple[str, Row]:
    """The set and the row of a pair."""
    found = [
        (name, row)
        for name, pairs in known.items()
        for row in pairs.filter(pc.starts_with(pairs.column("uid"), uid)).to_pylist()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(row["uid"] for _, row in found[:_SHOWN])
        more = ", …" if len(found) > _SHOWN else ""
        raise DataError(f"{len(found):,} pairs begin with {uid!r}: {listed}{more}; give more of it")
    for name, pairs in known.items():
        of_picture = pairs.filter(pc.starts_with(pairs.column("image"), uid)).column("uid")
        if len(of_picture):
            listed = ", ".join(of_picture.to_pylist()[:_SHOWN])
            raise DataError(f"{uid!r} is a picture of {name}, not a pair; its pairs are: {listed}")
    counts = " and ".join(f"{pairs.num_rows:,} in {name}" for name, pairs in known.items())
    raise DataError(
        f"no pair has a uid that begins with {uid!r} (there are {counts}); uids are in the first "
        "column of pairs.parquet and of every table of decisions"
    )


def _row(file: Path, key: str, value: str, schema: pa.Schema | None = None) -> Row | None:
    """The row of a table that has a key; None where there is no such table or row."""
    if not file.is_file():
        return None
    table = tables.read(file)
    if schema is not None:
        table = tables.conform(table, schema, file)
    found: list[Row] = table.filter(pc.equal(table.column(key), value)).to_pylist()
    return found[0] if found else None


def _ruled(pairs: list[Row], decisions: Path) -> list[Row]:
    """Pairs with what a table of decisions says of them."""
    if not pairs or not decisions.is_file():
        return pairs
    table = tables.read(decisions, ["uid", "kept", "reason"])
    uids = pa.array([pair["uid"] for pair in pairs], pa.string())
    chosen = table.filter(pc.is_in(table.column("uid"), value_set=uids)).to_pylist()
    said = {row["uid"]: row for row in chosen}
    return [{**pair, **said.get(pair["uid"], {})} for pair in pairs]


def _rulings(story: Story, rules: dict[str, Rule]) -> list[Ruling]:
    if story.decision is None:
        return []
    margins, failed = dict(story.decision["margins"]), story.decision["failed"]
    found = []
    for name in dict.fromkeys([*rules, *margins]):
        rule = rules.get(name)
        scorer, _, column = (rule.column or "" if rule else "").partition(".")
        values = story.pair if scorer == "pairs" else story.scores.get(scorer, {})
        asked = "failed" if name in failed else "passed"
        found.append(
            Ruling(
                name=name,
                says=asked if name in margins else "not asked",
                margin=margins.get(name),
                asks=describe(rule) if rule else "",
                value=word(values.get(column)),
            )
        )
    return found


def _alike(pairs: pa.Table, pair: Row, rows: Rows, rules: dict[str, Rule]) -> list[Row]:
    """One pair of each other picture that the rule on near-duplicates, if any, takes for it."""
    asked = [rule for rule in rules.values() if rule.near_duplicates is not None]
    rule = asked[0] if asked else Rule(near_duplicates=_BITS)
    own = pc.index(pairs.column("image"), pair["image"]).as_py()
    try:
        hashes = rows.column("phash.phash").to_pylist()
    except ParamsError:
        return []
    if hashes[own] is None:
        return []
    codes = np.array([int(code or "0", 16) for code in hashes], np.uint64)
    bits = np.bitwise_count(codes ^ codes[own])
    near = (bits <= rule.near_duplicates) & np.array([code is not None for code in hashes])
    near &= ~pc.equal(pairs.column("image"), pair["image"]).to_numpy()
    _, first = np.unique(np.where(near, pairs.column("image").to_numpy(), ""), return_index=True)
    numbers = first[near[first]]
    if rule.colours is not None:
        shown = rows.column("phash.colours").take(pa.array([own, *numbers], pa.int64()))
        levels = np.frombuffer(b"".join(shown.to_pylist()), np.uint8).reshape(len(shown), -1)
        apart = np.abs(levels[1:].astype(np.int16) - levels[0]).mean(axis=1)
        numbers = numbers[apart <= rule.colours]
    found = zip(numbers, pairs.take(pa.array(numbers, pa.int64())).to_pylist(), strict=True)
    return [{**row, "bits": int(bits[number])} for number, row in found]


def _snapshots(data: Path, uid: str) -> list[Row]:
    """The snapshots right below the folder that hold a pair, or a pair made from it."""
    found = []
    for file in sorted(data.glob(f"[!.]*/{record.MANIFEST_FILE}")):
        if row := _row(file, "uid", uid):
            said = file.with_name(record.SNAPSHOT_FILE)
            about = json.loads(said.read_text(encoding="utf-8")) if said.is_file() else {}
            found.append({**about, "place": str(file.parent), "split": row["split"]})
    return found


def _refusals(data: Path, uid: str) -> list[Row]:
    """The snapshots right below the folder that refused a kept pair, and why."""
    found = []
    for file in sorted(data.glob(f"[!.]*/{record.MANIFEST_FILE}")):
        if row := _row(file.with_name(sets.REJECTED_FILE), "item", uid):
            found.append({"place": str(file.parent), **row})
    return found
