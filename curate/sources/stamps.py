"""Tux Paint's stamps: pictures with a text file beside each that describes them in many languages.

A text file's first line is English, each further line `<locale>.utf8=<text>`. Where a stamp
comes as PNG and as SVG the PNG is taken; those that come as SVG alone are rendered.
"""

from pathlib import Path
from typing import NamedTuple

from curate.sources import Caption, Found, Refusal
from curate.sources._files import package_folder, package_url, regular_files, render_svg
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

_ENGLISH = "en"


@parameters
class Params:
    """What is read, and how drawings become pictures."""

    package: str = "tuxpaint-stamps-default"  # under fetch.packages
    path: str = "usr/share/tuxpaint/stamps"  # folder inside the package
    languages: tuple[str, ...] = ("en", "de", "es", "fr", "ru", "ja")  # BCP-47
    svg_side: int = 256  # pixels, longest side of a rendered SVG
    licence: str | None = None


class Item(NamedTuple):
    """A picture file of the unpacked package."""

    file: Path
    url: str
    page: str


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every stamp once, in the order of its path; a Refusal where no text is beside it."""
    folder = package_folder(packages, params.package)
    files = regular_files(folder / params.path, {".png", ".svg"})
    as_png = {file.with_suffix("") for file in files if file.suffix == ".png"}
    listed: list[Item | Refusal] = []
    for file in files:
        if file.suffix == ".svg" and file.with_suffix("") in as_png:
            continue
        url, page = (
            package_url(folder, params.package, path.relative_to(folder).as_posix())
            for path in (file, file.with_suffix(".txt"))
        )
        if file.with_suffix(".txt").is_file():
            listed.append(Item(file, url, page))
        else:
            listed.append(Refusal(url, "no caption", "no text file beside it"))
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """A stamp's bytes (rendered where it is a drawing) and its captions in the languages wanted."""
    text = item.file.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
    wanted = set(params.languages)
    captions = tuple(
        Caption(lang, line, item.page) for lang, line in descriptions(text) if lang in wanted
    )
    if not captions:
        return Refusal(item.url, "no caption", f"nothing in {', '.join(params.languages)}")
    if item.file.suffix == ".png":
        return Found(item.url, item.file.read_bytes(), captions, item.url, params.licence)
    picture = render_svg(item.file, params.svg_side)
    if isinstance(picture, Refusal):
        return Refusal(item.url, picture.reason, picture.detail)
    return Found(item.url, picture, captions, item.url, params.licence)


def descriptions(text: str) -> list[tuple[str, str]]:
    """(BCP-47 tag, description) of a stamp's text file, those that say nothing left out."""
    first, *rest = text.splitlines() or [""]
    found = [(_ENGLISH, clean(first))]
    for line in rest:
        locale, separator, translation = line.partition("=")
        if separator and (lang := language_tag(locale.removesuffix(".utf8"))):
            found.append((lang, clean(translation)))
    return [(lang, description) for lang, description in found if description]
