"""`pairwright diff A B`: two versions of a snapshot in; what went, what came and why, out.

A version is a folder with a snapshot in it, or a git revision, which is read from DVC's cache:
nothing is checked out.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate import listing

if TYPE_CHECKING:
    from curate.comparing.comparison import Cause, Comparison
    from curate.comparing.shifts import Groups
    from curate.comparing.version import Version

_BEHIND = 4  # changes that are named behind a cause
_SHIFTS = 12  # scores, the most shifted first
_GROUPS = 6  # groups of each kind, the most changed first
_STAGES = 6  # changes of a stage that are named


def diff(
    a: Annotated[str, typer.Argument(help="Snapshot's or project's folder, or git revision.")],
    b: Annotated[str, typer.Argument(help="The same, later.")] = ".",
    data: Annotated[str, typer.Option(help="Folder of tables in a project.")] = "data",
    json: Annotated[Path | None, typer.Option(help="Write all figures as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures.")] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Write a parquet row for each pair that went or came.")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Pairs shown of each cause.")] = 3,
) -> None:
    """Say what went and came between two versions of a snapshot, why, and what shifted."""
    from curate.comparing import document
    from curate.comparing.comparison import compare
    from curate.comparing.version import opened
    from curate.dataset import tables
    from curate.reports import difference
    from curate.stage.run import write_json

    with opened(a, data) as first, opened(b, data) as second:
        found = compare(first, second)
        for line in lines(found, examples):
            typer.echo(line)
        if json is not None:
            write_json(document.document(found, examples), json)
        if pairs is not None:
            tables.write(document.pairs(found), pairs, "uid", document.PAIRS)
        if html is not None:
            difference.write(found, html)


def lines(found: "Comparison", examples: int) -> Iterable[str]:
    """A comparison, line by line."""
    went, came = (sum(len(cause.pairs) for cause in way) for way in (found.went, found.came))
    yield from listing.table(
        [
            (v.name, str(v.about.get("id", ""))[:16], f"{v.rows.num_rows:,}", "pairs", _code(v))
            for v in (found.a, found.b)
        ],
        right=(2,),
    )
    yield (
        f"{found.a.rows.num_rows:,} − {went:,} went + {came:,} came = {found.b.rows.num_rows:,}; "
        f"{found.stayed:,} are in both"
    )
    yield from (f"Note: {note}" for note in found.notes)
    yield from _way("Went", found.went, examples)
    yield from _way("Came", found.came, examples)
    yield from _moved(found)
    yield from _changes(found)
    yield from _shifts(found)
    yield from _counts(found.groups)


def _code(version: "Version") -> str:
    return f"by {version.code}" if version.code else ""


def _way(title: str, causes: "list[Cause]", examples: int) -> Iterable[str]:
    from curate.reports.inputs import sample

    if not causes:
        return
    yield from ("", f"{title} ({sum(len(cause.pairs) for cause in causes):,})")
    rows = [(f"  {len(c.pairs):,}", c.title, _margins(c), _why(c)) for c in causes]
    yield from listing.table(rows, right=(0,))
    for cause in causes if examples else ():
        yield from ("", f"  {title}, {cause.title}")
        yield from listing.table(
            (
                f"    {row['uid'][:12]}",
                row["source"],
                row["lang"],
                listing.short(row["caption"]),
                listing.arrow(
                    listing.signed(row["margin_then"]), listing.signed(row["margin_now"])
                ),
            )
            for row in sample(cause.pairs, examples).to_dict("records")
        )


def _margins(cause: "Cause") -> str:
    then, now = map(listing.signed, cause.margins())
    return f"margin {listing.arrow(then, now)}" if then or now else ""


def _why(cause: "Cause") -> str:
    more = len(cause.behind) - _BEHIND
    named = [*cause.behind[:_BEHIND], *([f"{more:,} more"] if more > 0 else [])]
    behind = f"changed upstream: {', '.join(named)}" if named else ""
    return "; ".join(part for part in (cause.why, behind) if part)


def _moved(found: "Comparison") -> Iterable[str]:
    if not found.moved:
        return
    said = []
    for name, moved in found.moved.items():
        if isinstance(moved, int):
            said.append(f"{name} {moved:,}")
        else:
            said += [f"{way} {count:,}" for way, count in moved.counts["now"].items()]
    yield from ("", f"Stayed, but differ in: {', '.join(said)}")


def _changes(found: "Comparison") -> Iterable[str]:
    from curate.comparing.changes import said

    if found.changes.params:
        yield from ("", "params.yaml")
        yield from listing.table(
            (f"  {key}", listing.arrow(said(then), said(now)))
            for key, then, now in found.changes.params
        )
    if found.changes.stages:
        yield from ("", "Stages that ran otherwise")
        rows = []
        for stage, changes in found.changes.stages.items():
            more = len(changes) - _STAGES
            named = [f"{change.kind} {change.name}" for change in changes[:_STAGES]]
            rows.append(
                (f"  {stage}", ", ".join([*named, *([f"{more} more"] if more > 0 else [])]))
            )
        yield from listing.table(rows)


def _shifts(found: "Comparison") -> Iterable[str]:
    from curate.comparing.shifts import QUANTILES, Groups
    from curate.reports.page import number

    numbers = [s for s in found.scores if not isinstance(s, Groups)]
    moved = [s for s in numbers if s.distance > 0]
    if not numbers:
        return
    shares = [f"{quantile:.0%}" for quantile in QUANTILES]
    yield from ("", f"Scores: {len(moved)} of {len(numbers)} shifted; Kolmogorov-Smirnov distance")
    if moved:
        rows = [("  score", "distance", *shares)]
        for shift in moved[:_SHIFTS]:
            ends = zip(*shift.quantiles, strict=True)
            cells = [listing.arrow(number(then), number(now)) for then, now in ends]
            rows.append((f"  {shift.name}", number(shift.distance), *cells))
        yield from listing.table(rows)
    yield from _counts([s for s in found.scores if isinstance(s, Groups)])


def _counts(groups: "list[Groups]") -> Iterable[str]:
    from curate.reports.page import number

    for group in groups:
        changed = group.counts[group.counts["then"] != group.counts["now"]]
        if changed.empty:
            continue
        yield from ("", f"Pairs by {group.name}: total variation {number(group.distance)}")
        rows = [
            (f"  {name}", f"{then:,}", "→", f"{now:,}", listing.signed(now - then))
            for name, then, now in changed.head(_GROUPS).itertuples(name=None)
        ]
        yield from listing.table(rows, right=(1, 3, 4))
        if len(changed) > _GROUPS:
            yield f"  and {len(changed) - _GROUPS:,} more"
