"""Two versions in; all that `pairwright diff` says of them, ready to be told in any form, out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curate import capped
from curate.comparing import causes, shifts
from curate.comparing.changes import ABSENT, Changes, differences, said, unrun
from curate.comparing.shifts import Groups, Shift
from curate.comparing.version import Version

WAYS = ("went", "came")
_NAMED = 5  # keys that a note names
_LISTED = ["uid", "way", "cause", "name", "why", "margin_then", "margin_now"]
_STAYS = ("split", "source", "url", "page", "licence", "parent", "recipe")  # may differ in a pair
_WORDS = {  # of a why that is of one side: where the pair went, where it came
    causes.RULE_ABSENT: ("the rule is new", "the rule was taken out"),
    causes.NO_SOURCE: ("the source went", "the source is new"),
    causes.NO_METHOD: ("the method went", "the method is new"),
    causes.NOT_FOUND: ("no longer found in it", "not found in it before"),
}
_TITLES = {
    causes.PARENT: "made from such a pair: {}",
    causes.MAKING: "made by {}",
    causes.SPLIT: "split: {}",
    "refused": "refused by the snapshot: {}",
    "undecided": "the filter has not seen it",
    "unknown": "unknown: the tables are not at hand",
}


@dataclass(frozen=True)
class Cause:
    """One cause of pairs that went, or came."""

    cause: str  # as in `causes`
    name: str  # the rule, source, method or reason
    made: bool  # whether the pairs are made ones
    why: str  # what changed, in words; empty where it is not known
    behind: list[str]  # params, code and commands that differ and may be the reason
    pairs: pd.DataFrame  # `record.MANIFEST`, margin_then and margin_now: to the rule

    @property
    def title(self) -> str:
        """The cause and its name."""
        title = _TITLES.get(self.cause, f"{self.cause} {{}}").format(self.name)
        return f"{title} (made pairs)" if self.made and self.cause == causes.RULE else title

    def margins(self) -> tuple[float | None, float | None]:
        """Median margins to the rule, then and now; None where there are none."""
        medians = (self.pairs[name].median() for name in ("margin_then", "margin_now"))
        then, now = (None if pd.isna(median) else float(median) for median in medians)
        return then, now


@dataclass(frozen=True)
class Comparison:
    """What two versions differ in."""

    a: Version
    b: Version
    changes: Changes
    went: list[Cause]  # most pairs first
    came: list[Cause]
    stayed: int  # pairs in both
    moved: dict[str, Groups | int]  # of these, how many differ in a column; of split: from and to
    groups: list[Groups]
    scores: list[Shift | Groups]  # greatest distance first

    @property
    def notes(self) -> list[str]:
        """What could not be compared, in sentences."""
        found = [f"{v.name}: {v.lacks}" for v in (self.a, self.b) if v.lacks]
        for version in (self.a, self.b):
            if stale := unrun(version):
                keys = f"{', '.join(stale[:_NAMED])}{', …' if len(stale) > _NAMED else ''}"
                found.append(
                    f"{version.name}: dvc.lock ran with other params than params.yaml says ({keys})"
                )
        if not self.changes.known:
            found.append(
                "Not both versions have a dvc.lock, or a provenance.json: stages and code are not "
                "compared"
            )
        return found

    def gone_or_come(self) -> pd.DataFrame:
        """uid, way (went or came), cause, name, why, margin_then and margin_now of every pair."""
        parts = [
            part.pairs.assign(way=way, why=part.why) for way in WAYS for part in getattr(self, way)
        ]
        return pd.concat(parts)[_LISTED] if parts else pd.DataFrame(columns=_LISTED)


def compare(a: Version, b: Version) -> Comparison:
    """Compare two versions of a snapshot."""
    changes = Changes(a, b)
    went, came = causes.absent(b, a), causes.absent(a, b)
    stayed = a.rows.num_rows - len(went)
    assert stayed + len(came) == b.rows.num_rows, "a pair is counted twice or not at all"
    return Comparison(
        a=a,
        b=b,
        changes=changes,
        went=list(_grouped(went, 0, a, b, changes)),
        came=list(_grouped(came, 1, a, b, changes)),
        stayed=stayed,
        moved=_moved(a.rows, b.rows),
        groups=shifts.groups(a, b),
        scores=sorted(shifts.scores(a, b), key=lambda shift: -shift.distance),
    )


def _grouped(
    frame: pd.DataFrame, way: int, a: Version, b: Version, changes: Changes
) -> Iterator[Cause]:
    here, there = ("now", "then") if way == 0 else ("then", "now")
    frame = frame.rename(
        columns={"margin_here": f"margin_{here}", "margin_there": f"margin_{there}"}
    )
    parts: list[tuple[Any, pd.DataFrame]] = list(
        frame.groupby(["cause", "name", "why", frame["parent"].notna()], sort=True)
    )
    for (cause, name, why, made), rows in sorted(parts, key=lambda part: -len(part[1])):
        words = _WORDS.get(str(why), (str(why), str(why)))[way]
        if why == causes.RULE_CHANGED:
            words += f": {_rule_change(name, made, a, b)}"
        if name == capped.REASON:
            words = _share_change(a, b)
        stage = _stage(cause, name, why, made, (a, b)[1 - way])
        behind = changes.behind(stage) if stage else []
        yield Cause(cause, name, bool(made), words, behind, rows)


def _rule_change(name: str, made: bool, a: Version, b: Version) -> str:
    then, now = ((version.rules(made) or {}).get(name) for version in (a, b))
    return ", ".join(f"{key} {said(x)} → {said(y)}" for key, x, y in differences(then, now))


def _share_change(a: Version, b: Version) -> str:
    """What became of the share of the training pairs that may be made."""
    then, now = (v.about.get("params", {}).get("max_made", ABSENT) for v in (a, b))
    if then == now:
        return f"snapshot.max_made is {said(now)} in both, of other pairs"
    return f"snapshot.max_made {said(then)} → {said(now)}"


def _stage(cause: str, name: str, why: str, made: bool, here: Version) -> str | None:
    """The stage whose changes may be behind a cause."""
    end = "_made" if made else ""
    if cause == causes.RULE and why in (causes.OTHER_SCORE, causes.EITHER):
        rule = (here.rules(made) or {}).get(name, {})
        scorer = str(rule.get("column", "")).partition(".")[0]
        known = [f"{kind}{end}@{scorer}" for kind in ("score", "score_parsed", "score_embedded")]
        stages = here.lock or here.recorded_stages
        return next((stage for stage in known if stage in stages), f"filter{end}")
    if cause == causes.RULE and why in (causes.OTHER_PAIRS, causes.OTHER_CODE):
        return f"filter{end}"
    stages = {causes.SOURCE: "crawl", causes.MAKING: f"make@{name}", causes.SPLIT: "split"}
    return stages.get(cause)


def _moved(then: pa.Table, now: pa.Table) -> dict[str, Groups | int]:
    """Of pairs in both: how many differ in each column, and the moves between splits."""
    place = pc.index_in(then.column("uid"), value_set=now.column("uid").combine_chunks())
    there = place.is_valid()
    then, now = then.filter(there), now.take(place.drop_null().combine_chunks())
    found: dict[str, Groups | int] = {}
    for name in _STAYS:
        old, new = (pc.fill_null(table.column(name), ABSENT) for table in (then, now))
        differs = pc.not_equal(old, new)
        if count := pc.sum(differs).as_py():
            found[name] = int(count)
            if name == "split":
                ways = pc.binary_join_element_wise(old, new, " → ").filter(differs)
                found["split moves"] = shifts.grouped("split", ways.slice(0, 0), ways)
    return found
