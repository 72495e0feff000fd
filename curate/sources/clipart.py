"""Open Clip Art: pictures whose titles are RDF inside the drawing of the same name.

Titles and descriptions are taken as they are, and many are no captions at all (file names, the
name of a collection, `HASH(0x…)`): telling them apart is the filter's work.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from curate.dataset.errors import SourceError
from curate.sources import Caption, Found, Refusal
from curate.sources._files import package_folder, package_url, regular_files
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

_SAFE_EXPAT = (2, 4, 1)  # the first that limits what entities expand to (CVE-2013-0340)
_FIELDS = ("title", "description", "language")
_TWO_LETTERS = 2


@parameters
class Params:
    """Where the pictures and the drawings lie."""

    pictures: str = "openclipart-png"  # package under fetch.packages
    pictures_path: str = "usr/share/openclipart/png"  # folder inside it
    drawings: str = "openclipart-svg"  # package under fetch.packages
    drawings_path: str = "usr/share/openclipart/svg"  # folder inside it
    language: str = "en"  # BCP-47, where the drawing names none
    licence: str | None = None


class Item(NamedTuple):
    """A picture file and the drawing of the same name."""

    file: Path
    url: str
    drawing: Path
    page: str


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every picture, in the order of its path; a Refusal where no drawing has its name."""
    if expat.version_info < _SAFE_EXPAT:
        raise SourceError(
            f"this Python reads XML with {expat.EXPAT_VERSION}, which entity bombs can fell; "
            "use one built with expat 2.4.1 or newer"
        )
    pictures, drawings = (
        package_folder(packages, params.pictures),
        package_folder(packages, params.drawings),
    )
    listed: list[Item | Refusal] = []
    for file in regular_files(pictures / params.pictures_path, {".png"}):
        inside = file.relative_to(pictures / params.pictures_path).with_suffix(".svg")
        drawing = drawings / params.drawings_path / inside
        url = package_url(pictures, params.pictures, file.relative_to(pictures).as_posix())
        page = package_url(drawings, params.drawings, drawing.relative_to(drawings).as_posix())
        if drawing.is_file():
            listed.append(Item(file, url, drawing, page))
        else:
            listed.append(Refusal(url, "no caption", f"{params.drawings} has no {inside}"))
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """A picture's bytes, with title and description of its drawing."""
    try:
        fields = dict(reversed(list(work_fields(item.drawing))))  # the first of each
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        return Refusal(item.url, "unreadable metadata", f"{item.page}: {error}")
    lang = _language(fields.get("language", ""), params.language)
    texts = [clean(fields.get(name, "")) for name in ("title", "description")]
    captions = tuple(Caption(lang, text, item.page) for text in dict.fromkeys(texts) if text)
    if not captions:
        return Refusal(item.url, "no caption", f"neither title nor description in {item.page}")
    return Found(item.url, item.file.read_bytes(), captions, item.url, params.licence)


def work_fields(drawing: Path) -> Iterator[tuple[str, str]]:
    """Title, description and language of an SVG's RDF `Work`; reads no further than that.

    Raises:
        xml.etree.ElementTree.ParseError: it is no well-formed XML up to there.
    """
    path: list[str] = []
    for event, element in ElementTree.iterparse(drawing, events=("start", "end")):
        if event == "start":
            path.append(_local(element.tag))
            continue
        name = path.pop()
        if name in _FIELDS and path[-1:] == ["Work"]:
            yield name, "".join(element.itertext())
        if name == "Work":
            return
        if "Work" not in path:
            element.clear()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _language(said: str, default: str) -> str:
    """The tag that a drawing states where it is one (`en`, `fr-FR`), else the default."""
    tag = language_tag(said)
    return tag if tag and len(tag.split("-")[0]) == _TWO_LETTERS else default
