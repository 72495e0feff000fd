"""Expressions that refer to one thing in a picture: RefCOCO, RefCOCO+ and RefCOCOg.

`reads` is laid out as the data of the project `refer` (Yu et al., 2016): `refcoco/refs(unc).p`,
`refcoco/instances.json`, and COCO's training pictures in `images/mscoco/images/train2014`. The refs
are a pickle, which is code: only containers, numbers and words are read from it.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from curate.dataset.errors import DataError, ParamsError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted
from train.tasks.formats._official import Entry, Official, checked, relative, whole

OBJECTIVE = "region"
METRIC = "refcoco"
SET = Official("RefCOCO", "the page of the project lichengunc/refer")
PICTURES = Official("COCO 2014", "COCO's own page")
_FOLDER = "images/mscoco/images/train2014"
_SPLIT_BY = {"refcoco": ("unc", "google"), "refcoco+": ("unc",), "refcocog": ("umd", "google")}
_SPLITS = {"train": "train", "val": "validation"}  # all others are tests


class _Sentence(Entry):
    sent_id: int
    sent: str


class _Ref(Entry):
    ref_id: int
    ann_id: int
    image_id: int
    split: Literal["train", "val", "test", "testA", "testB"]
    sentences: list[_Sentence]


class _Picture(Entry):
    id: int
    file_name: str
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]


class _Annotation(Entry):
    id: int
    image_id: int
    bbox: Annotated[list[float], Field(min_length=4, max_length=4)]  # x, y, width, height; pixels


class _Instances(Entry):
    images: list[_Picture]
    annotations: list[_Annotation]


@parameters
class Params(FormatParams):
    """One of the three sets, and who split it."""

    dataset: Literal["refcoco", "refcoco+", "refcocog"] = "refcoco"
    split_by: Literal["unc", "google", "umd"] = "unc"


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """Every sentence that refers to a thing, with the thing's box.

    Raises:
        SourceError: a file is missing.
        DataError: one is of another form, or a thing is in none.
        ParamsError: nobody split the set so.
    """
    if params.split_by not in (known := _SPLIT_BY[params.dataset]):
        raise ParamsError(
            f"split_by: {params.dataset} is not split by {params.split_by!r} ({', '.join(known)})"
        )
    archive = f"{params.dataset}.zip"
    refs = SET.file(reads, f"{params.dataset}/refs({params.split_by}).p", archive)
    instances = SET.file(reads, f"{params.dataset}/instances.json", archive)
    folder = PICTURES.file(reads, _FOLDER, "train2014.zip")
    found = whole(instances, _Instances)
    pictures = {picture.id: picture for picture in found.images}
    things = {thing.id: thing for thing in found.annotations}
    for place, ref in enumerate(checked(_unpickled(refs), list[_Ref], str(refs))):
        where = f"{refs} entry {place}"
        thing, picture = things.get(ref.ann_id), pictures.get(ref.image_id)
        if thing is None or picture is None or thing.image_id != ref.image_id:
            raise DataError(
                f"{where}: {instances} has no annotation {ref.ann_id} of an image {ref.image_id}"
            )
        x, y, width, height = thing.bbox
        box = relative((x, y, x + width, y + height), (picture.width, picture.height))
        for sentence in ref.sentences:
            name = str(sentence.sent_id)
            if box is None:
                yield Omitted(name, "box has no area", f"{where}: {thing.bbox}")
                continue
            yield Example(
                example=name,
                split=_SPLITS.get(ref.split, "test"),
                pictures=(folder / picture.file_name,),
                text=sentence.sent,
                boxes=(box,),
                kind="" if ref.split in _SPLITS else ref.split,
            )


class _Plain(pickle.Unpickler):
    """Reads containers, numbers and words; a pickle that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which could run code")


def _unpickled(file: Path) -> Any:
    try:
        with file.open("rb") as opened:
            return _Plain(opened, encoding="utf-8").load()
    except Exception as error:  # a broken pickle may raise anything
        raise DataError(
            f"{file} is no pickle of lists, mappings, numbers and words: {error}"
        ) from error
