"""Files of fetched packages as items: their paths and their package URLs."""

import json
from pathlib import Path
from urllib.parse import quote

from curate.dataset.packages import unpack

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
    ".svg",
    ".svgz",
)


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
