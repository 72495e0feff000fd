"""`pairwright repair`: a snapshot in; its damaged files named and, where possible, mended out."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.dataset.errors import DataError

if TYPE_CHECKING:
    from curate.damage import Damaged
    from curate.locked import Locked
    from curate.mending import Mended

_NAMED = 5  # pictures of a damaged tar


def repair(
    snapshot: Annotated[Path, typer.Argument(help="Folder of a snapshot.")] = Path("data/snapshot"),
    pool: Annotated[Path, typer.Option(help="Set of crawled pairs.")] = Path("data/pool"),
    made: Annotated[Path, typer.Option(help="Folder of made sets.")] = Path("data/made"),
    packages: Annotated[Path, typer.Option(help="Fetched archives.")] = Path("data/packages"),
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is damaged.")] = False,
) -> None:
    """Check a snapshot's tables, labels and tars by their hashes; fetch again what is damaged.

    What DVC's cache or remote has comes from there; of other tars, only the pictures that are
    damaged are asked for at their URLs. Ends with an error where something is damaged still.
    """
    from curate import damage, mending
    from curate.crawl import CrawlParams
    from curate.dataset import sets
    from curate.locked import Locked
    from curate.restart import Folder
    from curate.stage.params import build, load

    left = 0
    with Locked(Path()) as locked:
        if dry_run:
            for one in damage.find(snapshot, pool, made, locked.files):
                left += 1
                typer.echo(said(one))
        else:
            crawl = build(CrawlParams, load(params, "crawl"), "crawl")
            with ExitStack() as held:
                for folder in sets.folders(pool) if sets.any_in(pool) else [pool]:
                    held.enter_context(Folder(Path(str(folder))).locked())
                for one in _until_whole(snapshot, pool, made, locked):
                    typer.echo(said(one))
                    done = mending.mend(one, locked, crawl, packages)
                    left += not done.how
                    for line in lines(one, done):
                        typer.echo(line)
    if left:
        files = "1 file is" if left == 1 else f"{left} files are"
        raise DataError(f"{files} not as recorded{'' if dry_run else ' and could not be mended'}")
    typer.echo(f"{snapshot} and the sets that it points to are as they were recorded")


def _until_whole(snapshot: Path, pool: Path, made: Path, locked: "Locked") -> Iterator["Damaged"]:
    """Each damaged file once, tables first: one that is whole again may tell of more."""
    from curate import damage

    seen: set[str] = set()
    while found := [
        one for one in damage.find(snapshot, pool, made, locked.files) if one.path not in seen
    ]:
        for one in [one for one in found if one.tar is None] or found:
            seen.add(one.path)
            yield one


def said(one: "Damaged") -> str:
    """A damaged file in words."""
    count = f"; {len(one.lost):,} in it: {_named(one.lost)}" if one.lost else ""
    return f"{one.path}: {one.why}{count}"


def lines(one: "Damaged", done: "Mended") -> Iterator[str]:
    """What became of it."""
    from curate.mending import SOURCE

    if done.how:
        again = f" ({len(one.lost):,} fetched again)" if done.how == SOURCE else ""
        yield f"  is as recorded again, from {done.how}{again}"
    for name, why in done.lost.items():
        pairs = one.tar.files if one.tar is not None else None
        uids = (
            [row["uid"] for row in pairs.to_pylist() if row["name"] == name and row["uid"]]
            if pairs is not None
            else []
        )
        of = f" (pairs {_named(uids)})" if uids else ""
        yield f"  cannot be had: {name}{of}: {why}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
