"""Phrases of captions with the regions that they name: Flickr30k Entities (Plummer et al., 2015).

`reads` holds `Sentences`, `Annotations`, and the lists `train.txt`, `val.txt` and `test.txt` of the
project's repository, and Flickr30k's pictures in `flickr30k-images`. Each phrase with boxes is an
example; its kind is the first of its types. One that names the whole scene, or nothing to see, is
no example, as its evaluation has it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Box, Example, FormatParams, Omitted
from train.tasks.formats._official import Official, relative

OBJECTIVE = "region"
METRIC = "grounding"
SET = Official("Flickr30k Entities", "the project's repository, BryanPlummer/flickr30k_entities")
PICTURES = Official("Flickr30k", "the page of the University of Illinois, on request")
_FILES = {"train": "train", "validation": "val", "test": "test"}  # split -> list of pictures
_PHRASE = re.compile(r"\[/EN#(\d+)((?:/[^/\s\]]+)+) ([^\[\]]+)\]")
_SIDES = ("xmin", "ymin", "xmax", "ymax")


class _Shown(NamedTuple):
    """What is marked in a picture, by the number of what is named."""

    boxes: dict[str, list[Box]]
    scenes: set[str]  # what names the scene as a whole


@parameters
class Params(FormatParams):
    """Flickr30k Entities."""


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:  # noqa: ARG001
    """Every phrase of every caption.

    Raises:
        SourceError: a file is missing.
        DataError: one is of another form.
    """
    pictures = PICTURES.file(reads, "flickr30k-images", "flickr30k-images.tar")
    for split, name in _FILES.items():
        listed = SET.file(reads, f"{name}.txt", "the repository")
        for picture in listed.read_text(encoding="utf-8").split():
            captions = SET.file(reads, f"Sentences/{picture}.txt", "annotations.zip")
            marked = SET.file(reads, f"Annotations/{picture}.xml", "annotations.zip")
            shown = _shown(marked)
            for example, number, types, phrase in _phrases(captions):
                if boxes := shown.boxes.get(number):
                    yield Example(
                        example=example,
                        split=split,
                        pictures=(pictures / f"{picture}.jpg",),
                        text=phrase,
                        boxes=tuple(boxes),
                        kind=types[0],
                    )
                else:
                    reason = "names the scene" if number in shown.scenes else "has no box"
                    yield Omitted(example, reason, f"{captions}: {phrase!r}")


def _phrases(file: Path) -> Iterator[tuple[str, str, list[str], str]]:
    """An example's name, the number of what is named, its types, and the words."""
    sentences = file.read_text(encoding="utf-8").splitlines()
    for line, sentence in enumerate(sentences):
        found = list(_PHRASE.finditer(sentence))
        if len(found) != sentence.count("["):
            raise DataError(
                f"{file} line {line + 1}: a phrase is not of the form [/EN#number/type words]; "
                f"found {sentence!r}"
            )
        for place, phrase in enumerate(found):
            number, types, words = phrase.groups()
            yield f"{file.stem}-{line}-{place}", number, types.split("/")[1:], words


def _shown(file: Path) -> _Shown:
    try:
        root = ElementTree.fromstring(file.read_bytes())
        size = int(_text(root, "size/width")), int(_text(root, "size/height"))
        found = _Shown({}, set())
        for thing in root.iterfind("object"):
            names = [name.text or "" for name in thing.iterfind("name")]
            if thing.find("bndbox") is not None:
                # pixels are counted from 1
                x1, y1, x2, y2 = (int(_text(thing, f"bndbox/{side}")) - 1 for side in _SIDES)
                if (box := relative((x1, y1, x2, y2), size)) is None:
                    continue
                for name in names:
                    found.boxes.setdefault(name, []).append(box)
            elif _text(thing, "scene") != "0":
                found.scenes.update(names)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{file} is no annotation of Flickr30k Entities: {error}") from error
    return found


def _text(of: ElementTree.Element, path: str) -> str:
    """What an element inside holds; ValueError where it is not there."""
    if (found := of.findtext(path)) is None:
        raise ValueError(f"<{of.tag}> has no {path}")
    return found
