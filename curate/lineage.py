"""`pairwright lineage`: a URL, page, domain, picture or uid in; all that comes from it, out."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate import listing
from curate.dataset.files import place
from curate.naming import Named, entries, naming

if TYPE_CHECKING:
    from curate.descent import Descent, Row
    from curate.history import Seen

Data = Annotated[Path, typer.Option(help="Folder of the tables.")]
Pool = Annotated[
    Path | None,
    typer.Option(parser=place, metavar="PATH|URL", help="Where the pool is, if not in there."),
]
_LISTED = 10  # pairs that are shown


@naming
def lineage(named: Named, data: Data = Path("data"), pool: Pool = None) -> None:
    """Tell what comes from a URL, page, domain, picture or pair, and who saw it."""
    from curate.descent import trace
    from curate.forgotten import Forgotten
    from curate.origins import elsewhere

    asked, root = entries(named, "", data), pool or data / "pool"
    other = elsewhere(root, Forgotten(tuple(asked)))
    descent = trace(data, Forgotten((*asked, *other.entries("", ""))), root)
    for line in (*lines(descent, seen(descent)), *other.lines()):
        typer.echo(line)


def seen(descent: "Descent") -> "list[Seen]":
    """Snapshots and models of this project that saw any of it."""
    from curate.history import History

    return History(Path(), descent.uids).seen() if descent.uids else []


def lines(descent: "Descent", seen: "Sequence[Seen]") -> Iterable[str]:
    """What comes from what was asked about, line by line."""
    from curate.descent import line, sources

    for made in descent.asked.to_pylist():
        yield f"{made['uid']} was made by {made['source']}: {listing.recipe(made['recipe'])}"
        yield from listing.table([_origin(row) for row in line(made["uid"], descent)])
        yield ""
    by_source = ", ".join(f"{source} {count:,}" for source, count in sources(descent).items())
    images = len(set(descent.pairs.column("image").to_pylist()))
    yield from _counted(
        "Pairs of the pool", descent.pairs.to_pylist(), f"{images:,} pictures", by_source
    )
    if descent.elsewhere:
        yield f"  {descent.elsewhere:,} of the pictures stay: pairs from elsewhere hold them"
    parents = descent.parents
    yield from _counted("Pairs made from them", descent.made.to_pylist(), of=parents)
    for medium, count in descent.beside.items():
        if count:
            yield f"{medium.capitalize()} beside them: {count:,} files"
    for table, rows in descent.labels.items():
        yield f"Labels: {rows:,} rows of {table}"
    told = [_seen(one, one.splits) for one in seen if one.splits is not None]
    yield from ("", "Seen by" if told else "No snapshot and no model saw any of it")
    yield from listing.table(told)
    yield from _untold([one for one in seen if one.splits is None])


def _counted(
    title: str, pairs: "list[Row]", *more: str, of: Mapping[str, Sequence[str]] | None = None
) -> Iterable[str]:
    """A number of pairs and the first of them, made ones with their parents."""
    said = ", ".join(filter(None, (f"{len(pairs):,}", *(more if pairs else ()))))
    yield f"{title}: {said}"
    yield from listing.table(
        [_brief(pair, (of or {}).get(pair["uid"])) for pair in pairs[:_LISTED]]
    )
    if len(pairs) > _LISTED:
        yield f"  and {len(pairs) - _LISTED:,} more"


def _brief(pair: "Row", parents: Sequence[str] | None) -> tuple[str, ...]:
    place = pair["url"] if parents is None else f"of {' and '.join(parents)}"
    return (f"  {pair['uid']}", pair["lang"], listing.short(pair["caption"]), place or "")


def _origin(pair: "Row") -> tuple[str, ...]:
    place = pair["page"] or pair["url"] or ""
    said = (pair["source"], listing.short(pair["caption"]), pair["licence"] or "no licence", place)
    return (f"  from {pair['uid']}", *said)


def _seen(one: "Seen", splits: Mapping[str, int]) -> tuple[str, ...]:
    said = ", ".join(f"{split} {count:,}" for split, count in sorted(splits.items()))
    said += f"; starts from {one.through}, which learnt from them" if one.through else ""
    return (
        f"  {one.what}",
        one.where,
        f"of {one.data[:16]}" if one.data else "",
        said.lstrip("; "),
    )


def _untold(lost: "Sequence[Seen]") -> Iterable[str]:
    """Versions whose data is not there to be asked, the newest and the oldest of each output."""
    if lost:
        yield "Of earlier versions it cannot be said: DVC's cache has not their data"
        yield "(`dvc fetch --all-commits` brings what a remote has)"
    for what in dict.fromkeys(one.what for one in lost):
        own = [one.where for one in lost if one.what == what]
        between = own[0] if len(own) == 1 else f"{len(own)} from {own[-1]} to {own[0]}"
        yield f"  {what}: {between}"
