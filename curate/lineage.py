"""`pairwright lineage`: a URL, page, domain, picture or uid in; all that comes from it, out."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate import listing

if TYPE_CHECKING:
    from curate.descent import Descent, Row
    from curate.forgotten import Entry
    from curate.history import Seen

Urls = Annotated[list[str], typer.Option("--url", help="Of a picture.")]
Pages = Annotated[list[str], typer.Option("--page", help="That shows pictures.")]
Domains = Annotated[
    list[str], typer.Option("--domain", help="Of pictures or pages, with all below.")
]
Images = Annotated[
    list[str], typer.Option("--image", help="A file, its SHA-256, or the name of a picture.")
]
Uids = Annotated[list[str], typer.Option("--uid", help="Of a pair.")]
Data = Annotated[Path, typer.Option(help="Folder of the tables.")]
_LISTED = 10  # pairs that are shown


def lineage(
    url: Urls = [],  # noqa: B006
    page: Pages = [],  # noqa: B006
    domain: Domains = [],  # noqa: B006
    image: Images = [],  # noqa: B006
    uid: Uids = [],  # noqa: B006
    data: Data = Path("data"),
) -> None:
    """Tell what comes from a URL, page, domain, picture or pair, and who saw it."""
    from curate.descent import trace
    from curate.forgotten import Forgotten

    descent = trace(data, Forgotten(tuple(entries(url, page, domain, image, uid, ""))))
    for line in lines(descent, seen(descent)):
        typer.echo(line)


def entries(
    url: Sequence[str],
    page: Sequence[str],
    domain: Sequence[str],
    image: Sequence[str],
    uid: Sequence[str],
    reason: str,
) -> "list[Entry]":
    """What is asked about, as entries of a list of today.

    Raises:
        ParamsError: nothing is asked about.
        DataError: something is not of its kind.
    """
    from curate import forgotten
    from curate.dataset.errors import ParamsError

    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    pictures = [_picture(one) for one in image]
    asked = dict(zip(forgotten.KINDS, (url, page, domain, pictures, uid), strict=True))
    found = [
        forgotten.Entry(kind, forgotten.value(kind, text), reason, today)
        for kind, texts in asked.items()
        for text in texts
    ]
    if not found:
        named = ", ".join(f"--{kind}" for kind in forgotten.KINDS)
        raise ParamsError(f"nothing is named; give one or more of {named}")
    return found


def _picture(text: str) -> str:
    """Name of a picture in a file; what is no path stays as it is.

    Raises:
        DataError: it looks like the path of a file that is not there.
    """
    from curate.dataset import record
    from curate.dataset.errors import DataError

    if text.isalnum():
        return text
    try:
        return record.image_name(Path(text).read_bytes())
    except OSError as error:
        raise DataError(f"--image {text[:200]}: {error.strerror}") from error


def seen(descent: "Descent") -> "list[Seen]":
    """Snapshots and models of this project that saw any of it."""
    from curate.history import History

    return History(Path(), descent.uids).seen() if descent.uids else []


def lines(descent: "Descent", seen: "Sequence[Seen]") -> Iterable[str]:
    """What comes from what was asked about, line by line."""
    from curate.descent import line, sources

    pairs = [descent.pairs, descent.found.left, descent.made, descent.asked]
    for made in descent.asked.to_pylist():
        yield f"{made['uid']} was made by {made['source']}: {made['recipe']}"
        yield from listing.table([_origin(row) for row in line(made, pairs)])
        yield ""
    by_source = ", ".join(f"{source} {count:,}" for source, count in sources(descent).items())
    images = len(set(descent.pairs.column("image").to_pylist()))
    yield from _counted(
        "Pairs of the pool", descent.pairs.to_pylist(), f"{images:,} pictures", by_source
    )
    if descent.elsewhere:
        yield f"  {descent.elsewhere:,} of the pictures stay: pairs from elsewhere hold them"
    yield from _counted("Pairs made from them", descent.made.to_pylist())
    if descent.audio:
        yield f"Audio beside them: {descent.audio:,} files"
    for table, rows in descent.labels.items():
        yield f"Labels: {rows:,} rows of {table}"
    yield from ("", "Seen by" if seen else "No snapshot and no model saw any of it")
    yield from listing.table([_seen(one) for one in seen])


def _counted(title: str, pairs: "list[Row]", *more: str) -> Iterable[str]:
    said = ", ".join(filter(None, (f"{len(pairs):,}", *(more if pairs else ()))))
    yield f"{title}: {said}"
    yield from listing.table([_brief(pair) for pair in pairs[:_LISTED]])
    if len(pairs) > _LISTED:
        yield f"  and {len(pairs) - _LISTED:,} more"


def _brief(pair: "Row") -> tuple[str, ...]:
    place = pair["url"] if pair["parent"] is None else f"of {pair['parent']}"
    return (f"  {pair['uid']}", pair["lang"], listing.short(pair["caption"]), place or "")


def _origin(pair: "Row") -> tuple[str, ...]:
    place = pair["page"] or pair["url"] or ""
    return (f"  from {pair['uid']}", pair["source"], place, pair["licence"] or "no licence")


def _seen(one: "Seen") -> tuple[str, ...]:
    if one.splits is None:
        said = "cannot be said: DVC's cache has not its data (dvc fetch --all-commits)"
    else:
        said = ", ".join(f"{split} {count:,}" for split, count in sorted(one.splits.items()))
        said += f"; starts from {one.through}, which learnt from them" if one.through else ""
    return (
        f"  {one.what}",
        one.where,
        f"of {one.data[:16]}" if one.data else "",
        said.lstrip("; "),
    )
