"""What is watched of a pair: the clip beside its picture, as the sets' `video.parquet` names it.

Gives `video` `(B, T, 3, S, S)` uint8, frames at even distances (`curate.dataset.clips`), zeros
where there are none; `video_times` `(B, T)` float32, the second of each; and `video_frames` `(B,)`
int64, how many there are: all, or 0 where nothing lies beside the picture. It is of the picture,
whatever is said of it; a picture that was blurred, or made of another, has none, since its clip
would show what it does not.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import animated, clips, files, films, frames, memory, pixels, record, tables
from curate.dataset.errors import EmptySetError
from curate.dataset.memory import Memory
from train.corpus import Corpus
from train.notes import Note, listed
from train.notes._decoded import PLACE, decoded
from train.text import Words

FILE = record.VIDEO_FILE
FRAMES = 8  # of a clip
SIDE = 32  # pixels, of the square that a frame is read as
PATCH = 16  # pixels, of a square that is one token; of all frames those at one place are a tube
PLACES = (SIDE // PATCH) ** 2  # tokens of a frame
_HELD = pa.schema(
    [
        pa.field("video", pa.string()),
        pa.field("frames", pa.list_(pa.uint8())),
        pa.field("times", pa.list_(pa.float64())),
    ]
)
_VIDEO = ("video", *PLACE)


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Watch the clips beside a corpus's pictures; what was watched before is remembered.

    Raises:
        DataError: a shard is missing, or what lies in it is no clip.
        EmptySetError: beside none of its pictures lies a clip.
    """
    row_of = {name: row for row, name in enumerate(corpus.regions.names.to_pylist())}
    number = np.full(len(row_of), -1)  # of the clip of each picture
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for place in listed(("video",), corpus.sets):
        beside = _beside(place, list(row_of))
        watched = _watched(beside, place.parent)
        for one in beside.to_pylist():
            number[row_of[one["image"]]] = len(found)
            found.append(watched[one["video"]])
    if not found:
        where = ", ".join(corpus.sets) or "a task's examples"
        raise EmptySetError(
            f"no picture of {where} has a clip: {FILE} names none of this split's pictures; take "
            "clips with the pictures, or leave tasks on video out"
        )
    frames, times = (np.stack(one) for one in zip(*found, strict=True))

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        which = number[corpus.image[pictures]]
        there, length = which >= 0, FRAMES if (which >= 0).any() else 0
        shown = np.where(there[:, None, None, None, None], frames[which, :length], np.uint8(0))
        seconds = np.where(there[:, None], times[which, :length], 0.0)
        return {
            "video": torch.from_numpy(shown),
            "video_times": torch.from_numpy(seconds).float(),
            "video_frames": torch.from_numpy(np.where(there, FRAMES, 0)),
        }

    return note


def _beside(file: files.Place, images: list[str]) -> pa.Table:
    """Of each of some pictures that has clips the first, by name."""
    rows = tables.rows_with(tables.read(file, ["image", *_VIDEO]), "image", images)
    rows = rows.sort_by([(column, "ascending") for column in _VIDEO])
    _, first = np.unique(rows.column("image").to_numpy(), return_index=True)
    return rows.take(pa.array(np.sort(first)))


def _watched(beside: pa.Table, root: files.Place) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Frames `(T, 3, S, S)` uint8 and seconds `(T,)` of each clip."""
    code = [Path(str(one.__file__)) for one in (clips, animated, films, frames, pixels)]
    print_ = memory.fingerprint(*code, FRAMES, SIDE)
    known = Memory("frames", print_, "video", _HELD)
    found = decoded(beside, root, known, _sampled, ("frames", "clips"))
    return {name: (one.reshape(-1, 3, SIDE, SIDE), times) for name, (one, times) in found.items()}


def _sampled(data: bytes) -> tuple[np.ndarray, ...]:
    return clips.sample(data, FRAMES, SIDE)
