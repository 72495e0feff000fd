"""`pairwright remake UID`: a made pair in; whether it comes out again byte for byte, out."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from augment.again import Again, Project

_LISTED = 5  # pairs that differ which are named
_UNTOLD = "the same picture, captions not checked"


def remake(
    uid: Annotated[
        str | None, typer.Argument(help="Name of a made pair, or how it begins.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check all made pairs.")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="Check so many of each method.")] = None,
    out: Annotated[Path | None, typer.Option(help="File for the picture of the one pair.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    params: Annotated[Path, typer.Option(help="Parameter file.")] = Path("params.yaml"),
) -> None:
    """Make a made pair again, from its recipe and its parents, and compare; or many of them.

    The caption is compared, too, where the method can tell it again, and else said to be unchecked.
    Ends with status 1 where one is not the same.
    """
    from augment.again import Project
    from curate.dataset.errors import ParamsError

    project = Project(data, params)
    if sum((uid is not None, every, sample is not None)) != 1:
        raise ParamsError("say which pairs: a UID, --sample N of each method, or --all")
    if uid is None and out is not None:
        raise ParamsError("--out is for the picture of one pair; give its UID")
    same = _one(uid, project, out) if uid is not None else _many(project, sample)
    if not same:
        raise typer.Exit(1)


def _one(uid: str, project: "Project", out: Path | None) -> bool:
    from augment.again import Again, again, find

    (found,) = again([find(uid, project)], project)
    if not isinstance(found, Again):
        raise found
    if out is not None:
        out.write_bytes(found.data)
    for line in _lines(found):
        typer.echo(line)
    return not found.differs


def _lines(found: "Again") -> list[str]:
    """A pair that was made again, line by line."""
    pair = found.pair
    lines = [f"{pair['uid']} was made by {pair['source']}: {pair['caption']!r}"]
    lines += [f"  from {row['uid']}: {row['caption']!r}" for row in found.parents]
    lines += [f"It differs in {what}" for what in found.differs]
    if not found.differs:
        what = "picture and caption" if found.caption is not None else "picture"
        lines.append(f"The same {what} came out: {len(found.data):,} bytes, {pair['image']}")
    if found.caption is None:
        lines.append(f"The caption is not checked: {pair['source']} does not tell it again")
    return lines


def _many(project: "Project", count: int | None) -> bool:
    from augment.again import Again, again
    from augment.again import sample as drawn
    from curate.stage.cluster import progress

    whole = True
    for method, uids in drawn(project, count).items():
        counts: Counter[str] = Counter()
        said = []
        with progress(len(uids), f"remake {method}", "pairs") as bar:
            for uid, found in zip(uids, again(uids, project), strict=True):
                if not isinstance(found, Again):
                    counts["cannot be made again"] += 1
                    said.append(str(found))
                elif found.differs:
                    counts["differ"] += 1
                    said.append(f"{uid} differs in {'; '.join(found.differs)}")
                else:
                    counts["the same" if found.caption is not None else _UNTOLD] += 1
                bar.update()
        figures = ", ".join(f"{n:,} {what}" for what, n in counts.items())
        typer.echo(f"{method}: of {len(uids):,} pairs {figures}")
        for line in said[:_LISTED]:
            typer.echo(f"  {line}")
        if len(said) > _LISTED:
            typer.echo(f"  and {len(said) - _LISTED:,} more")
        whole &= not said
    return whole
