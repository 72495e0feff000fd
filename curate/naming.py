"""The flags by which a person names what is to be traced or forgotten; entries of a list out."""

import datetime
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from curate.forgotten import Entry

Named = Mapping[str, Sequence[str]]  # kind of an entry -> texts

_HELP = {
    "url": "Of a picture.",
    "page": "That shows pictures.",
    "domain": "Of pictures or pages, with all below.",
    "image": "A file, its SHA-256, or the name of a picture.",
    "uid": "Of a pair.",
}


def naming(command: Callable[..., None]) -> Callable[..., None]:
    """Give a subcommand a flag for each kind of entry.

    Args:
        command: takes what was named as its first argument, `Named`.
    """
    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]

    def named(**flags: Any) -> None:
        given = {kind: flags.pop(kind, ()) for kind in _HELP}
        command(given, **flags)

    keyword = inspect.Parameter.KEYWORD_ONLY
    flags = [
        inspect.Parameter(
            kind, keyword, default=[], annotation=Annotated[list[str], typer.Option(help=said)]
        )
        for kind, said in _HELP.items()
    ]
    flags += [one.replace(kind=keyword, annotation=hints[one.name]) for one in own]
    named.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]
    named.__annotations__ = {one.name: one.annotation for one in flags}
    named.__doc__ = command.__doc__
    return named


def entries(named: Named, reason: str, data: Path) -> "list[Entry]":
    """What is asked about, as entries of a list of today; a blurred picture means its original.

    Args:
        named: what a person named.
        reason: why.
        data: folder of the pipeline's tables.

    Raises:
        ParamsError: nothing is asked about.
        DataError: something is not of its kind.
    """
    from curate import forgotten
    from curate.dataset import overlay
    from curate.dataset.errors import ParamsError

    blurred = overlay.originals(data)
    names = (blurred.column(name).to_pylist() for name in blurred.column_names)
    original = dict(zip(*names, strict=True))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    found = [
        forgotten.Entry(kind, original.get(value, value), reason, today)
        for kind in forgotten.KINDS
        for text in named.get(kind, ())
        for value in (forgotten.value(kind, _picture(text, kind)),)
    ]
    if not found:
        flags = ", ".join(f"--{kind}" for kind in forgotten.KINDS)
        raise ParamsError(f"nothing is named; give one or more of {flags}")
    return found


def _picture(text: str, kind: str) -> str:
    """Name of a picture in a file; what is no path, or of another kind, stays as it is.

    Raises:
        DataError: it looks like the path of a file that is not there.
    """
    from curate.dataset import record
    from curate.dataset.errors import DataError

    if kind != "image" or text.isalnum():
        return text
    try:
        return record.image_name(Path(text).read_bytes())
    except OSError as error:
        raise DataError(f"--image {text[:200]}: {error.strerror}") from error
