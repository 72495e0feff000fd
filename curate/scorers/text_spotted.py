"""Pairs in; how much of the caption is spelt out in the picture, out.

The T of the CAT filter (Radenovic et al., "Filtering, Distillation, and Hard Negatives for
Vision-Language Pre-Training", 2023), which drops pairs whose picture shows five characters or more
that match the caption: they teach a model to read. Compared are runs of letters and digits of any
case, spaces and marks aside, line by line. Text is read as by `text_area`, at the same cost.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from importlib.metadata import version
from typing import Annotated

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset import writing
from curate.dataset.pictures import decoded
from curate.dataset.sets import distinct_images
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("matched", pa.int32()),  # characters of the longest run in a line and the caption
    ]
)


@parameters
class Params:
    """What counts as text."""

    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # as of `text_area`


def fingerprint(_: Params) -> str:
    """The release of what runs the reader's models."""
    return version("onnxruntime")


def score(rows: pa.Table, params: Params) -> pa.Table:
    """The longest match of each pair; null where the bytes are no picture."""
    cv2.setNumThreads(1)
    read = writing.reader(params.confidence)
    lines = {
        name: [text for _, text in read(np.asarray(picture))] if picture else None
        for name, picture in decoded(distinct_images(rows))
    }
    cases = zip(
        *(rows.column(name).to_pylist() for name in ("uid", "image", "caption")), strict=True
    )
    found = [
        {"uid": uid, "matched": None if (own := lines[image]) is None else matched(own, caption)}
        for uid, image, caption in cases
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def matched(lines: Sequence[str], caption: str) -> int:
    """Characters of the longest run that a line has in common with a caption."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_plain(caption))
    longest = 0
    for line in lines:
        matcher.set_seq1(_plain(line))
        longest = max(longest, matcher.find_longest_match().size)
    return longest


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
