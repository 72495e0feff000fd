"""Emoji: drawings named by their code points, with CLDR's names in many languages as captions.

The names come from the Unicode Common Locale Data Repository, annotations (UTS #35, part 2):
`tts` is the name that is read aloud, `default` the keywords. A drawing that its package files under
the name of another emoji gets the captions of what it shows (`_misnamed.toml`). Packages of
animations, named the same way, give drawings of the same emoji a clip each: the still drawing is
its poster, by the same hand, though it need not be one of its frames.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from curate.dataset import animated
from curate.dataset.errors import ParamsError
from curate.sources import Caption, Found, Refusal, Video, _misnamed
from curate.sources._files import package_folder, package_url, regular_files
from curate.sources._texts import clean
from curate.stage.params import parameters

_TABLE = "annotations.json"
_ENGLISH = "en"
_VARIATION_SELECTOR = "\ufe0f"
_CODE_POINTS = re.compile(r"(?:10|[0-9a-f])?[0-9a-f]{1,4}(?:-(?:10|[0-9a-f])?[0-9a-f]{1,4})*", re.I)


@parameters
class Params:
    """What is read: pictures of one package, names of others."""

    pictures: str = "fluent-emoji-3d"  # package under fetch.packages
    animations: tuple[str, ...] = ()  # packages whose drawings move; those that do not are left
    names: tuple[str, ...] = ("cldr-annotations-full", "cldr-annotations-derived-full")  # packages
    languages: tuple[str, ...] = ("en", "de", "es", "fr", "ru", "ja")  # CLDR locales
    keywords: bool = False  # also a caption of the English keywords
    licence: str | None = None


class Item(NamedTuple):
    """A picture file with its captions, and the files in which the same emoji moves."""

    file: Path
    url: str
    captions: tuple[Caption, ...]
    clips: tuple[tuple[Path, str], ...] = ()  # with their URLs


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every picture with the names of its code points; a Refusal where no language has one."""
    captions = _captions(params, packages)
    clips: dict[str, list[tuple[Path, str]]] = {}
    for package in params.animations:
        for file, url, sequence in _drawings(package, packages):
            if sequence is not None:
                clips.setdefault(sequence, []).append((file, url))
    listed: list[Item | Refusal] = []
    for file, url, sequence in _drawings(params.pictures, packages):
        if sequence is None:
            listed.append(Refusal(url, "file name", f"{file.stem} is no list of code points"))
        elif sequence not in captions:
            listed.append(Refusal(url, "no caption", f"CLDR has no name for {file.stem}"))
        else:
            own = tuple(clips.get(sequence, ()))
            listed.append(Item(file, url, tuple(captions[sequence]), own))
    return listed


def read(item: Item, params: Params) -> Found | Refusal:
    """The picture's bytes and clips beside the captions that were joined when it was listed."""
    clips = ((file.read_bytes(), url) for file, url in item.clips)
    video = tuple(Video(data, url) for data, url in clips if not animated.is_still(data))
    data = item.file.read_bytes()
    return Found(item.url, data, item.captions, item.url, params.licence, video=video)


def _drawings(package: str, packages: Path) -> Iterator[tuple[Path, str, str | None]]:
    """Every picture of a package, its URL, and the characters that it shows, where it says so."""
    folder = package_folder(packages, package)
    release = _misnamed.release(folder)
    for file in regular_files(folder, {".webp", ".png"}):
        url = package_url(folder, package, file.relative_to(folder).as_posix())
        yield file, url, code_points(_misnamed.shown(release, file.stem))


def code_points(stem: str) -> str | None:
    """The characters that a file name such as `1f44d-1f3fd` spells; None where it spells none.

    Variation selectors are left out, since names of files and of CLDR differ in them.
    """
    if not _CODE_POINTS.fullmatch(stem):
        return None
    characters = "".join(chr(int(part, 16)) for part in stem.split("-"))
    return characters.replace(_VARIATION_SELECTOR, "")


def _captions(params: Params, packages: Path) -> dict[str, list[Caption]]:
    """Characters -> their names in each language."""
    folders = [(name, package_folder(packages, name)) for name in params.names]
    files = [(name, folder, f) for name, folder in folders for f in folder.rglob(_TABLE)]
    found: dict[str, list[Caption]] = {}
    for lang in params.languages:
        own = sorted(entry for entry in files if entry[2].parent.name == lang)
        if not own:
            known = ", ".join(sorted({file.parent.name for *_, file in files}))
            raise ParamsError(f"CLDR has no locale {lang!r} (known: {known})")
        for name, folder, file in own:
            page = package_url(folder, name, file.relative_to(folder).as_posix())
            for characters, texts in _names(file, params.keywords and lang == _ENGLISH):
                captions = [Caption(lang, text, page) for text in map(clean, texts) if text]
                found.setdefault(characters, []).extend(captions)
    return {characters: captions for characters, captions in found.items() if captions}


def _names(table: Path, keywords: bool) -> Iterator[tuple[str, list[str]]]:
    """(Characters, name and perhaps keywords) of a table of annotations."""
    (root,) = json.loads(table.read_text(encoding="utf-8")).values()
    for characters, entry in root["annotations"].items():
        texts = list(entry.get("tts", ()))[:1]
        if keywords:
            texts.append(", ".join(entry.get("default", ())))
        yield characters.replace(_VARIATION_SELECTOR, ""), texts
