"""Captions of COCO, Flickr30k and Flickr8k in the splits of Karpathy and Fei-Fei (2015).

`reads` holds `dataset_coco.json`, or that of another, and the pictures: COCO's in `train2014` and
`val2014`, Flickr30k's in `flickr30k-images`, Flickr8k's in `Flicker8k_Dataset`. The part `restval`
trains, as is usual. Captions are as people wrote them (`raw`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from curate.dataset.errors import DataError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted, _captioned
from train.tasks.formats._official import Entry, Official, whole

OBJECTIVE = "caption"
METRIC = "captions"
SET = Official("Karpathy's splits", "the project's page, Deep Visual-Semantic Alignments")
_PICTURES = {  # a set of pictures, its folder and archive where the file names none
    "coco": (Official("COCO 2014", "COCO's own page"), "", "train2014.zip and val2014.zip"),
    "flickr30k": (
        Official("Flickr30k", "the page of the University of Illinois, on request"),
        "flickr30k-images",
        "flickr30k-images.tar",
    ),
    "flickr8k": (
        Official("Flickr8k", "the page of the University of Illinois, on request"),
        "Flicker8k_Dataset",
        "Flickr8k_Dataset.zip",
    ),
}
_SPLITS = {"train": "train", "restval": "train", "val": "validation", "test": "test"}


class _Sentence(Entry):
    raw: str


class _Image(Entry):
    filename: str
    filepath: str = ""
    split: str
    sentences: list[_Sentence]


class _Dataset(Entry):
    images: list[_Image]


@parameters
class Params(FormatParams):
    """Captions in Karpathy's splits."""

    dataset: Literal["coco", "flickr30k", "flickr8k"] = "coco"


class Told(NamedTuple):
    """What a file of the splits tells of a picture."""

    name: str
    split: str
    picture: Path
    captions: list[str]
    file: Path


def told(params: Params, reads: Path) -> Iterator[Told]:
    """Each picture with its captions.

    Raises:
        SourceError: a file or folder is missing.
        DataError: the file is of another form, or names another split.
    """
    file = SET.file(reads, f"dataset_{params.dataset}.json", "caption_datasets.zip")
    shown, folder, archive = _PICTURES[params.dataset]
    for image in whole(file, _Dataset).images:
        if image.split not in _SPLITS:
            raise DataError(
                f"{file}: {image.filename} is of split {image.split!r}, none of "
                f"{', '.join(_SPLITS)}"
            )
        picture = shown.file(reads, image.filepath or folder, archive) / image.filename
        captions = [one.raw for one in image.sentences]
        yield Told(picture.stem, _SPLITS[image.split], picture, captions, file)


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """The captions of each picture; errors as those of `told`."""
    for one in told(params, reads):
        yield _captioned.example(one.name, one.split, one.picture, "en", one.captions, one.file)
