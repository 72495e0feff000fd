"""The form of what a method makes: a picture, its captions, the recipe to make it again.

A method is a file `augment/methods/<name>.py` with

    @parameters class Params(MethodParams)              its section of params.yaml, make.<name>
    def make(rows: pa.Table, context, params) -> Batch  kept training pairs -> made pairs
    TABLES = {"objects": truth.OBJECTS}                 optional: what else it knows
    def asked(params) -> dict[tuple[str, ...], int]     optional: counts asked for, for the metrics
    def remake, def recaption                           to make a pair again, see `augment.again`

Of a caption there is also

    def recaption(recipe, captions) -> str              the caption again, from its parents' ones

with the recipe as a mapping and the captions in the order [parent, *others]; one whose model looks
at the picture takes its encoded bytes as `picture`, too, and one that asks for its language `lang`.

`rows` (schema `sets.LOCATED`) holds whole pictures: every kept caption of each. What a method
makes of a picture depends on that picture, its captions, the context and the params; never on
which other pictures lie in the same rows, so that any number of workers makes the same.

Every picture that a method makes bears a mark (`curate.dataset.marks`), as `encode` writes it.
"""

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from PIL import Image
from pydantic import Field

from curate.dataset import marks, record
from curate.dataset.marks import Mark
from curate.stage.params import parameters

METHODS = "augment.methods"
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
class Context:
    """Where a method may look besides the pictures that it is given."""

    training: Path  # parquet, schema `sets.LOCATED`: every kept training pair, sorted by image
    packages: Path  # folder of fetched packages, for curate.dataset.packages.unpack
    labels: Path | None  # folder of the pool's labels: <labeler>/<table>.parquet
    reads: Path | None  # what `make.<name>.reads` names (a file or folder that DVC follows)


@dataclass(frozen=True)
class MadeCaption:
    """A caption of a made picture and the pairs it comes from.

    The first parent's url, page and licence become the made pair's own; a licence given here
    is that of another parent, where the first one's asks for nothing.
    """

    parent: str  # uid
    caption: str
    lang: str
    recipe: dict[str, Any]
    others: Sequence[str] = ()  # uids of further parents
    licence: str | None = None  # where it is another than the first parent's


@dataclass(frozen=True)
class Made:
    """A made picture: encoded bytes, size in pixels, captions."""

    data: bytes
    extension: str
    width: int
    height: int
    captions: Sequence[MadeCaption]

    @functools.cached_property
    def image(self) -> str:
        """Its name, by its bytes."""
        return record.image_name(self.data)


@dataclass(frozen=True)
class Told:
    """New captions of a picture as it is: no byte of it is written again."""

    image: str  # of the parents
    captions: Sequence[MadeCaption]


@dataclass
class Batch:
    """What a method returns for some rows.

    Attributes:
        made: the pictures.
        told: new captions of pictures that there are.
        rows: table of the method's `TABLES` -> its rows.
        rejected: (uid, reason, detail) of pairs that nothing was made from; reason `UNUSABLE`
            where the picture is at fault.
        beside: rows (schema `sets.LOCATED`) of first parents that are not among the given ones.
        counts: path of names in the stage's metrics -> count to add there.
    """

    made: list[Made] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)
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


def encode(image: Image.Image, quality: int, mark: Mark) -> bytes:
    """An RGB picture as JPEG that says how it was made.

    Colours are not subsampled, so that small coloured spots stay.
    """
    return marks.saved(image, "JPEG", mark, quality=quality, subsampling=0, optimize=True)
