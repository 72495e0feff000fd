"""Pictures in; how many letters can be read on each, out: each is read once and remembered."""

import functools
from collections.abc import Sequence
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from augment.layout import Pixels
from curate.dataset import writing
from curate.dataset.memory import Memory, fingerprint
from curate.stage import code
from curate.stage.params import parameters

_READ = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("letters", pa.int32(), nullable=False),
    ]
)


@parameters
class Written:
    """Which pictures hold writing that no caption tells of: those on which it can be read."""

    letters: Annotated[int, Field(ge=1)] = 3  # at least; a wheel or a face is taken for one or two
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # of the reader, in a line, at least
    longest_side: Annotated[int, Field(ge=32)] = 320  # pixels; larger ones are shrunk to be read


class Letters:
    """The letters on some pictures: as remembered, or read when asked for.

    Args:
        asked: what counts.
        images: names of the pictures.
    """

    def __init__(self, asked: Written, images: Sequence[str]) -> None:
        self._asked = asked
        self._memory = Memory(
            "letters", _print(asked.confidence, asked.longest_side), "image", _READ
        )
        names = pa.chunked_array([pa.array(images, pa.string()).unique()])
        rows = self._memory.recall(names).to_pylist()
        self._known = {row["image"]: row["letters"] for row in rows}
        self._new: dict[str, int] = {}

    def tell(self, image: str, picture: Pixels) -> bool:
        """Whether as many can be read on a picture, (H, W, 3), as are asked for.

        Raises:
            WeightsError: RapidOCR is not installed.
        """
        if image not in self._known:
            lines = writing.reader(self._asked.confidence, self._asked.longest_side)(picture)
            self._new[image] = sum(sign.isalpha() for _, text in lines for sign in text)
            self._known[image] = self._new[image]
        return self._known[image] >= self._asked.letters

    def remember(self) -> None:
        """Keep what was read for the next time."""
        rows = [{"image": image, "letters": count} for image, count in self._new.items()]
        self._memory.remember(pa.Table.from_pylist(rows, _READ))
        self._memory.gather()


@functools.cache
def _print(confidence: float, longest_side: int) -> str:
    return fingerprint(confidence, longest_side, code.prints(__name__))
