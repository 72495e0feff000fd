"""The form of what a method makes: a picture, its captions, the recipe to make it again.

A method is a file `augment/methods/<name>.py` with

    @parameters class Params(MethodParams)          its section of params.yaml, make.<name>
    def make(rows: pa.Table, params) -> Batch       kept training pairs -> made pictures

`rows` (schema `sets.LOCATED`) holds whole pictures: every kept caption of each. What a method
makes of a picture may depend on that picture, its captions and the params, on nothing else.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from PIL import Image
from pydantic import Field

from curate.stage.params import parameters

UNUSABLE = "unusable picture"  # the reason that counts towards `max_rejected`
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


@parameters
class MethodParams:
    """What every method is asked for."""

    share: Share = 0.3  # of the kept training pictures that something is made from
    per_image: Count = 1  # made pictures for each of them
    longest_side: Annotated[int, Field(ge=16)] = 256  # pixels; larger pictures are shrunk
    quality: Annotated[int, Field(ge=50, le=100)] = 92  # of the JPEG that is written
    per_shard: Count = 200  # pictures in a tar, on average
    max_rejected: Share = 0.05  # of the chosen pictures, unusable ones; above it the stage stops


@dataclass(frozen=True)
class MadeCaption:
    """A caption of a made picture and the pair it comes from."""

    parent: str  # uid
    caption: str
    lang: str
    recipe: dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A made picture: encoded bytes, size in pixels, captions."""

    data: bytes
    extension: str
    width: int
    height: int
    captions: Sequence[MadeCaption]


@dataclass
class Batch:
    """What a method returns for some rows.

    Attributes:
        made: the pictures.
        rejected: (uid, reason, detail) of pairs that nothing was made from; reason `UNUSABLE`
            where the picture is at fault.
        counts: path of names in the stage's metrics -> count to add there.
    """

    made: list[Made] = field(default_factory=list)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)


def unit_interval(*names: object) -> float:
    """A number in [0, 1) that follows from names alone."""
    return seed(*names) / 2**32


def seed(*names: object) -> int:
    """A seed in [0, 2^32) that follows from names alone."""
    text = "\x1f".join(map(str, names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def recipe_text(recipe: dict[str, Any]) -> str:
    """A recipe as one line of JSON, the same text for the same recipe."""
    return json.dumps(recipe, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def encode(image: Image.Image, quality: int) -> bytes:
    """An RGB picture as JPEG without colour subsampling, so that small coloured marks stay."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
    return out.getvalue()
