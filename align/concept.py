"""`pairwright concept dog`: a word in; what the snapshot's graph knows of its meaning, out."""

import dataclasses
import json as json_format
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from align.graphs.question import About

_LINE = 6  # names of a lineage that are told
_TEXT = 70  # characters of a caption


def concept(
    name: Annotated[str, typer.Argument(help="Word, synset (dog.n.01) or its id (n02084071).")],
    graph: Annotated[Path, typer.Option(help="Folder of the graph.")] = Path("data/graph"),
    most: Annotated[int, typer.Option(min=1, help="Entries of each list.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what the snapshot's graph knows of a concept and all its kinds."""
    from align.graph import SnapshotGraph

    about = SnapshotGraph(graph).ask(name, most)
    if json:
        typer.echo(json_format.dumps(document(about), indent=2, ensure_ascii=False))
        return
    for line in lines(about):
        typer.echo(line)


def document(about: "About") -> dict[str, Any]:
    """An answer as JSON takes it: every list of tuples a list of objects."""
    found = dataclasses.asdict(about)
    for name, fields in _PAIRS.items():
        found[name] = [dict(zip(fields, row, strict=True)) for row in found[name]]
    for name in ("relations", "beside", "shown"):
        found[name] = [row._asdict() for row in getattr(about, name)]
    return found


_PAIRS = {
    "kinds": ("name", "pictures"),
    "others": ("kind", "name", "outward"),
    "words": ("word", "phrases"),
    "attributes": ("attribute", "phrases"),
    "attribute_of": ("object", "phrases"),
}


def lines(about: "About") -> Iterator[str]:
    """An answer, line by line."""
    own = about.concept
    field = f" ({own['field']})" if own["field"] else ""
    known = own["gloss"] or ("" if own["field"] else "a word whose meaning is not known")
    gloss = known.partition('; "')[0]
    yield f"{own['name']}{field}{': ' if gloss else ''}{gloss}"
    if about.lineage:
        more = f" < … < {about.lineage[-1]}" if len(about.lineage) > _LINE else ""
        yield f"  is a kind of  {' < '.join(about.lineage[:_LINE])}{more}"
    yield from _list("kinds", about.kinds)
    yield from _list("also", [(_edge(*other), None) for other in about.others])
    yield from _list("called", about.words)
    if about.senses:
        named = [(row["name"], row["pictures"]) for row in about.senses[:_LINE]]
        yield from _list("other senses", named)
    yield ""
    below = about.pictures - own["pictures"]
    kinds = f", {below:,} of them by its kinds alone" if below else ""
    yield f"{about.pictures:,} pictures{kinds}; {about.captions:,} captions name it"
    if about.depicted:
        yield f"  {about.depicted:,} pictures are known by their files to show it"
    if about.regions:
        yield f"  {about.regions:,} regions show it"
    for title, counts in (
        ("captions by source", about.sources),
        ("by split", about.splits),
        ("all captions of these pictures by language", about.languages),
        ("numbers", about.numbers),
    ):
        yield from _list(title, list(counts.items()))
    yield from _list("attributes", about.attributes)
    yield from _list("attribute of", about.attribute_of)
    yield from _rows(
        "relations",
        [(f"{r.subject} {r.relation} {r.object}", f"{r.phrases:,}") for r in about.relations],
    )
    yield from _rows(
        "in the same pictures, and times as often as by chance",
        [(b.name, f"{b.pictures:,}", f"× {b.lift:,g}") for b in about.beside],
    )
    yield from _rows(
        f"pictures, {len(about.shown):,} of {about.pictures:,}",
        [(p.image[:12], p.caption[:12], p.source, p.split, _short(p.text)) for p in about.shown],
    )


def _edge(kind: str, name: str, outward: bool) -> str:
    return f"{kind} {name}" if outward else f"{name} is {kind} it"


def _list(title: str, entries: Sequence[tuple[str, int | None]]) -> Iterable[str]:
    if entries:
        said = ", ".join(name if n is None else f"{name} {n:,}" for name, n in entries)
        yield f"  {title}  {said}"


def _rows(title: str, rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """A title, and rows in columns below it."""
    if rows:
        yield from ("", title)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT else f"{line[: _TEXT - 1]}…"
