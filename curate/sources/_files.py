"""Files of fetched packages as items: their paths, their package URLs, drawings as pictures."""

import json
import re
from pathlib import Path
from urllib.parse import quote

from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.dataset.packages import unpack
from curate.sources import Refusal

PICTURES = (  # endings of pictures that folders and archives are searched for
    ".jpg",
    ".jpeg",
    ".jfif",
    ".png",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".avif",
    ".heic",
    ".heif",
)
_DPI = 96.0  # dots per inch, CSS's own: drawings may state their size in pt or mm
_OUTSIDE = re.compile(r"""(href\s*=\s*["'])\s*(?!#|data:)[^"']*""")  # what a renderer would read


def package_folder(packages: Path, name: str) -> Path:
    """Folder with the files of a fetched package, as a path that holds in other processes.

    Raises:
        SourceError: see `curate.dataset.packages.unpack`.
    """
    return unpack(packages, name).absolute()


def package_url(folder: Path, name: str, inside: str) -> str:
    """Package URL (purl) of a file, without version: `pkg:deb/debian/<name>#<path>`.

    Args:
        folder: the unpacked package.
        name: its name under fetch.packages.
        inside: path of the file inside `folder`, posix.
    """
    manifest = folder / "package" / "package.json"
    if manifest.is_file():
        title = json.loads(manifest.read_text(encoding="utf-8"))["name"]
        return f"pkg:npm/{quote(title)}#{quote(inside.removeprefix('package/'))}"
    return f"pkg:deb/debian/{quote(name)}#{quote(inside)}"


def regular_files(folder: Path, endings: set[str]) -> list[Path]:
    """Files below a folder with one of the endings (`.png`), links left out, sorted by path."""
    found = (f for f in folder.rglob("*") if f.suffix.lower() in endings)
    return sorted((f for f in found if f.is_file() and not f.is_symlink()), key=Path.as_posix)


def render_svg(file: Path, longest_side: int) -> bytes | Refusal:
    """Encoded PNG of an SVG drawing; it gets no file and no font from outside.

    Args:
        file: the drawing, in UTF-8.
        longest_side: pixels.
    """
    import resvg_py

    def drawn(width: int | None = None, height: int | None = None) -> bytes:
        return resvg_py.svg_to_bytes(
            svg_string=text, width=width, height=height, dpi=_DPI, skip_system_fonts=True
        )

    try:
        text = _OUTSIDE.sub(r"\1#", file.read_bytes().decode("utf-8"))
        picture = drawn(width=longest_side)
        _, width, height = pixels.probe(picture)
        return picture if height <= width else drawn(height=longest_side)
    except (ValueError, ImageError) as error:
        return Refusal(file.name, "unreadable drawing", str(error))
