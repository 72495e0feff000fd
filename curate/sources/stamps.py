"""Tux Paint's stamps: pictures with a text file beside each that describes them in many languages.

A text file's first line is English, each further line `<locale>.utf8=<text>`. Where a stamp
comes as PNG and as SVG the PNG is taken; those that come as SVG alone are rendered. Audio lies
beside a stamp: `cat.ogg` is what a cat sounds like, `cat_desc.ogg` its description, spoken in
English, `cat_desc_fr.ogg` in French; of letters and digits `7_fr.ogg` is the sound in French.
"""

from pathlib import Path
from typing import NamedTuple

from curate.dataset.errors import DrawingError
from curate.drawings import Drawings, Side, rendered
from curate.sources import UNREADABLE_DRAWING, Audio, Caption, Found, Refusal, _media
from curate.sources._files import package_folder, package_url, regular_files
from curate.sources._texts import clean, language_tag
from curate.stage.params import parameters

_ENGLISH = "en"


@parameters
class Params:
    """What is read, and how drawings become pictures."""

    package: str = "tuxpaint-stamps-default"  # under fetch.packages
    path: str = "usr/share/tuxpaint/stamps"  # folder inside the package
    languages: tuple[str, ...] = ("en", "de", "es", "fr", "ru", "ja")  # BCP-47
    audio: bool = True  # whether sounds are taken, and spoken descriptions in these languages
    svg_side: Side = 256  # pixels, longest side of a rendered SVG
    licence: str | None = None


class Recording(NamedTuple):
    """An audio file of the unpacked package, and what `curate.sources.Audio` says of one."""

    file: Path
    url: str
    kind: _media.Kind
    lang: str | None


class Item(NamedTuple):
    """A picture file of the unpacked package."""

    file: Path
    url: str
    page: str
    audio: tuple[Recording, ...]


def items(params: Params, packages: Path, spool: Path) -> list[Item | Refusal]:  # noqa: ARG001
    """Every stamp once, in the order of its path; a Refusal where no text is beside it."""
    folder = package_folder(packages, params.package)
    files = regular_files(folder / params.path, {".png", ".svg"})
    recordings = _recordings(folder, {file.with_suffix("") for file in files}, params)
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
            listed.append(Item(file, url, page, recordings.get(file.with_suffix(""), ())))
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
    picture = item.file.read_bytes()
    if item.file.suffix == ".svg":
        try:
            picture = rendered(picture, Drawings(side=params.svg_side))
        except DrawingError as error:
            return Refusal(item.url, UNREADABLE_DRAWING, str(error))
    audio = tuple(Audio(one.file.read_bytes(), one.kind, one.lang, one.url) for one in item.audio)
    return Found(item.url, picture, captions, item.url, params.licence, audio=audio)


def _recordings(
    folder: Path, stamps: set[Path], params: Params
) -> dict[Path, tuple[Recording, ...]]:
    """The audio files wanted of each stamp, in the order of their paths.

    Args:
        folder: the unpacked package.
        stamps: paths of pictures without their endings.
        params: of the source.
    """
    found: dict[Path, tuple[Recording, ...]] = {}
    files = regular_files(folder / params.path, set(_media.AUDIO_ENDINGS)) if params.audio else []
    for file in files:
        if (heard := _heard(file, stamps)) is None:
            continue
        stamp, kind, lang = heard
        if kind == "sound" or lang in params.languages:
            url = package_url(folder, params.package, file.relative_to(folder).as_posix())
            found[stamp] = (*found.get(stamp, ()), Recording(file, url, kind, lang))
    return found


def _heard(file: Path, stamps: set[Path]) -> tuple[Path, _media.Kind, str | None] | None:
    """Stamp, kind and language of an audio file by its name; None where it names no stamp."""
    words = file.with_suffix("").name.split("_")
    for count in range(len(words), 0, -1):
        stamp = file.parent / "_".join(words[:count])
        if stamp not in stamps:
            continue
        spoken = words[count : count + 1] == ["desc"]
        locale = "_".join(words[count + spoken :])
        lang = language_tag(locale)
        if locale and lang is None:
            return None
        return (stamp, "description", lang or _ENGLISH) if spoken else (stamp, "sound", lang)
    return None


def descriptions(text: str) -> list[tuple[str, str]]:
    """(BCP-47 tag, description) of a stamp's text file, those that say nothing left out."""
    first, *rest = text.splitlines() or [""]
    found = [(_ENGLISH, clean(first))]
    for line in rest:
        locale, separator, translation = line.partition("=")
        if separator and (lang := language_tag(locale.removesuffix(".utf8"))):
            found.append((lang, clean(translation)))
    return [(lang, description) for lang, description in found if description]
