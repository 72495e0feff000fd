"""`pairwright search` and `pairwright serve`: words or a picture in; pictures of a snapshot out."""

import json as json_format
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from train.search.searcher import Hit, Searcher

_CAPTIONS = 3  # of a picture that are shown
_WIDTH = 60  # characters of a caption that are shown

Index = Annotated[Path, typer.Option(help="Folder that `dvc repro index` wrote.")]
Snapshot = Annotated[Path, typer.Option(help="The snapshot that it is of.")]
Encoder = Annotated[
    Path | None, typer.Option(help="Folder of the model that made the index, if it was moved.")
]
Rerank = Annotated[
    Path | None, typer.Option(help="Model that looks again at what the index finds: models/NAME.")
]
Labels = Annotated[Path, typer.Option(help="Labels of the pool, which that model reads.")]
Made = Annotated[Path, typer.Option(help="Labels of made pairs.")]
Candidates = Annotated[int, typer.Option(min=1, help="Pictures that are looked at again.")]
_INDEX, _SNAPSHOT = Path("data/index"), Path("data/snapshot")
_LABELS, _MADE = Path("data/labels"), Path("data/labels_made")


def search(
    text: Annotated[str | None, typer.Argument(help="What the pictures shall show.")] = None,
    like: Annotated[
        str | None, typer.Option(help="A picture file, or the name of a picture or of a pair.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Pictures that are told.")] = 10,
    language: Annotated[str | None, typer.Option(help="Tag of captions to tell first.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    index: Index = _INDEX,
    snapshot: Snapshot = _SNAPSHOT,
    encoder: Encoder = None,
    rerank: Rerank = None,
    candidates: Candidates = 32,
    labels: Labels = _LABELS,
    labels_made: Made = _MADE,
) -> None:
    """Find pictures of a snapshot by words, in any of its languages, or by a picture."""
    from curate.dataset.errors import ParamsError

    if (text is None) == (like is None):
        raise ParamsError("say what to look for: a text, or a picture (--like), one of them")
    if like is not None and rerank is not None:
        raise ParamsError(
            "a model looks again at a text beside pictures, not at a picture (--like)"
        )
    searcher = opened(index, snapshot, encoder, rerank, candidates, labels, labels_made)
    if text is not None:
        hits = searcher.by_text(text, count, rerank is not None, language)
    elif like is not None and (file := Path(like)).is_file():
        hits = searcher.by_picture(file.read_bytes(), count, language)
    else:
        hits = searcher.by_name(str(like), count, language)
    if json:
        typer.echo(json_format.dumps([hit._asdict() for hit in hits], indent=2, ensure_ascii=False))
        return
    for line in lines(hits):
        typer.echo(line)


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8080,
    host: Annotated[
        str, typer.Option(help="Address; others than this machine's own see it too.")
    ] = "127.0.0.1",
    index: Index = _INDEX,
    snapshot: Snapshot = _SNAPSHOT,
    encoder: Encoder = None,
    rerank: Rerank = None,
    candidates: Candidates = 32,
    labels: Labels = _LABELS,
    labels_made: Made = _MADE,
) -> None:
    """Serve a page, and JSON, to find pictures of a snapshot by words or by a picture.

    Beside it are the project's report and the story of each pair.
    """
    from curate.stage.pages import Places, found
    from train.search import service

    searcher = opened(index, snapshot, encoder, rerank, candidates, labels, labels_made)

    def ready(url: str) -> None:
        typer.echo(f"{len(searcher):,} pictures: {url}")

    service.serve(searcher, host, port, ready, found(Places()))


def opened(
    index: Path,
    snapshot: Path,
    encoder: Path | None,
    rerank: Path | None,
    candidates: int,
    labels: Path,
    labels_made: Path,
) -> "Searcher":
    """What searches, given the places that the commands are told."""
    from train.search import opened as folder
    from train.search.rerank import Reranker
    from train.search.searcher import Searcher

    made = labels_made if labels_made.is_dir() else None
    again = None if rerank is None else Reranker(rerank, snapshot, labels, made)
    return Searcher(folder.load(index, snapshot, encoder), snapshot, again, candidates)


def lines(hits: "list[Hit]") -> Iterator[str]:
    """What was found, for a reader: place, similarity, match, name of a pair, captions."""
    for place, hit in enumerate(hits, 1):
        first: dict[str, Any] = hit.pairs[0]
        match = "" if hit.match is None else f"  match {hit.match:+.2f}"
        captions = dict.fromkeys(f"{p['caption'][:_WIDTH]} ({p['lang']})" for p in hit.pairs)
        told = "; ".join(list(captions)[:_CAPTIONS])
        more = f"; {len(captions) - _CAPTIONS} more" if len(captions) > _CAPTIONS else ""
        yield f"{place:>3}  {hit.similarity:.3f}{match}  {first['uid'][:12]}  {told}{more}"
