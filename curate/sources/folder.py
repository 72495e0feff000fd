"""A folder of pictures, each with a text file of the same name: one caption a line.

A line is `caption` or `<language>: caption`, e.g. `de: Ein roter Ball`; the language is a
two-letter code, with subtags where wanted (`pt-BR`).
"""

import re
from pathlib import Path
from typing import NamedTuple

from curate.dataset.errors import SourceError
from curate.sources import Caption, Found, Refusal
from curate.sources._files import regular_files
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
_MARKED = re.compile(r"([a-z]{2}(?:[-_][A-Za-z0-9]{2,8})*):\s+(.*)")


@parameters
class Params:
    """Which folder, and what its captions are where they do not say."""

    path: str  # folder, relative to the project
    language: str = "en"  # BCP-47, of lines that name none
    licence: str | None = None


class Item(NamedTuple):
    """A picture file and its name in tables."""

    file: Path
    url: str


def items(params: Params, packages: Path, spool: Path) -> list[Item]:  # noqa: ARG001
    """Every picture below the folder, in the order of its path.

    Raises:
        SourceError: there is no such folder, or no picture in it.
    """
    folder = Path(params.path)
    files = regular_files(folder, _ENDINGS)
    if not files:
        raise SourceError(f"no picture in {folder} (looked for {', '.join(sorted(_ENDINGS))})")
    return [
        Item(file.resolve(), f"{folder.as_posix()}/{file.relative_to(folder).as_posix()}")
        for file in files
    ]


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture's bytes and the lines of its text file."""
    sidecar = item.file.with_suffix(".txt")
    if not sidecar.is_file():
        return Refusal(item.url, "no caption", f"no {sidecar.name} beside it")
    text = sidecar.read_text(encoding="utf-8-sig", errors="replace")
    page = item.url.rpartition("/")[0] + f"/{sidecar.name}"
    captions = tuple(Caption(*line, page) for line in lines(text, params.language))
    if not captions:
        return Refusal(item.url, "no caption", f"{sidecar.name} is empty")
    return Found(item.url, item.file.read_bytes(), captions, item.url, params.licence)


def lines(text: str, language: str) -> list[tuple[str, str]]:
    """(language, caption) of each line that says something."""
    found = []
    for line in text.splitlines():
        marked = _MARKED.fullmatch(line.strip())
        lang = (language_tag(marked[1]) or language) if marked else language
        if caption := clean(marked[2] if marked else line):
            found.append((lang, caption))
    return found
