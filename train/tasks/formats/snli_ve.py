"""Whether a picture entails a sentence, contradicts it, or neither: SNLI-VE (Xie et al., 2019).

`reads` holds `snli_ve_train.jsonl`, `snli_ve_dev.jsonl` and `snli_ve_test.jsonl`, and Flickr30k's
pictures in `flickr30k-images`. A sentence on whose label the annotators did not agree, "-", is no
example.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted
from train.tasks.formats._official import Entry, Official, lines

OBJECTIVE = "answer"
METRIC = "snli_ve"
SET = Official("SNLI-VE", "the project's repository, necla-ml/SNLI-VE")
PICTURES = Official("Flickr30k", "the page of the University of Illinois, on request")
_FILES = {"train": "train", "validation": "dev", "test": "test"}  # split -> file
_NOT_AGREED = "-"


class _Entry(Entry):
    picture: str = Field(alias="Flickr30K_ID")
    name: str = Field(alias="pairID")
    sentence2: str
    gold_label: Literal["entailment", "neutral", "contradiction", "-"]


@parameters
class Params(FormatParams):
    """SNLI-VE."""


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:  # noqa: ARG001
    """Every sentence that the annotators agreed on, with its picture.

    Raises:
        SourceError: a file is missing.
        DataError: one has an entry of another form.
    """
    pictures = PICTURES.file(reads, "flickr30k-images", "flickr30k-images.tar")
    for split, name in _FILES.items():
        file = SET.file(reads, f"snli_ve_{name}.jsonl", f"the {name} split")
        for where, entry in lines(file, _Entry):
            if entry.gold_label == _NOT_AGREED:
                yield Omitted(entry.name, "no agreed label", where)
                continue
            yield Example(
                example=entry.name,
                split=split,
                pictures=(pictures / f"{entry.picture}.jpg",),
                text=entry.sentence2,
                answers=(entry.gold_label,),
                scores=(1.0,),
            )
