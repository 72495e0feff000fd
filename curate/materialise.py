"""`pairwright materialise SNAPSHOT OUT`: a snapshot in; its pairs with their pictures out."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from curate.forms import Written

_OPEN_CLIP = ("jpg", "jpeg", "png", "webp")  # kinds of pictures that its trainer reads


def materialise(
    snapshot: Annotated[Path, typer.Argument(help="Folder of a snapshot.")],
    out: Annotated[str, typer.Argument(help="Folder or URL (s3://, gs://, az://), new or empty.")],
    form: Annotated[str, typer.Option(help="webdataset, huggingface or parquet.")] = "webdataset",
    split: Annotated[list[str] | None, typer.Option(help="Splits; none: all.")] = None,
    per_file: Annotated[int, typer.Option(help="Pairs in a file, at most.")] = 5000,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM of who signs made pictures (C2PA), and who vouches.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM of the certificate's private key.")] = None,
) -> None:
    """Write a snapshot out with its pictures, as other trainers read it, to a folder or a store."""
    from curate.dataset import files
    from curate.dataset.errors import ParamsError
    from curate.export import export
    from curate.signing import Signing

    if (certificate is None) != (key is None):
        raise ParamsError("--certificate and --key sign together; one of them is missing")
    signing = Signing(certificate, key) if certificate and key else None
    written = export(snapshot, files.place(out), form, split or [], per_file, signing)
    for line in lines(written, form, out):
        typer.echo(line)


def lines(written: "Sequence[Written]", form: str, out: str) -> "Iterable[str]":
    """What was written, and what a trainer will not read of it."""
    pairs, size = sum(file.pairs for file in written), sum(file.bytes for file in written) / 1e6
    yield f"{pairs:,} pairs in {len(written):,} files, {size:,.1f} MB, in {out}"
    kinds = Counter[str]()
    for file in written:
        kinds.update(file.kinds)
    unread = [
        f"{count:,} {kind}" for kind, count in sorted(kinds.items()) if kind not in _OPEN_CLIP
    ]
    if form == "webdataset" and unread:
        yield f"open_clip's trainer passes over some kinds of pictures: {', '.join(unread)}"
