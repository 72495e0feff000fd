"""Captions of COCO (Chen et al., 2015) in its own splits, and of what is written as it is.

`reads` holds `annotations/captions_train2017.json` and `captions_val2017.json`, and the pictures in
`train2017` and `val2017`. Of these `val2017` tests: captions of the set's test pictures are not
handed out. Sets in other languages that have COCO's form are read with their `language`.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted, _captioned
from train.tasks.formats._official import Entry, Official, whole

OBJECTIVE = "caption"
METRIC = "captions"
SET = Official("COCO", "COCO's own page")
_SUBSETS = {"train": "train", "test": "val"}  # split -> part of COCO


class _Image(Entry):
    id: int
    file_name: str


class _Annotation(Entry):
    image_id: int
    caption: str


class _Captions(Entry):
    images: list[_Image]
    annotations: list[_Annotation]


@parameters
class Params(FormatParams):
    """COCO's captions."""

    year: Literal["2014", "2017"] = "2017"  # of the splits
    language: str = "en"  # BCP-47 tag


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """The captions of each picture of both parts.

    Raises:
        SourceError: a file or folder is missing.
        DataError: a file is of another form, or a caption of a picture that is not named.
    """
    for split, part in _SUBSETS.items():
        subset = f"{part}{params.year}"
        archive = f"annotations_trainval{params.year}.zip"
        file = SET.file(reads, f"annotations/captions_{subset}.json", archive)
        pictures = SET.file(reads, subset, f"{subset}.zip")
        content = whole(file, _Captions)
        told = defaultdict(list)
        for one in content.annotations:
            told[one.image_id].append(one.caption)
        if unknown := told.keys() - {image.id for image in content.images}:
            raise DataError(f"{file} has captions of image {min(unknown)}, which it does not name")
        for image in content.images:
            picture = pictures / image.file_name
            captions = told[image.id]
            yield _captioned.example(f"{image.id}", split, picture, params.language, captions, file)
