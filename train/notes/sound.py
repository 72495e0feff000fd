"""What is heard of a pair: its caption, spoken, as the sets' `audio.parquet` says by its uid.

Gives `sound` `(B, T, M)` float32, frames of the log-mel spectrogram (`train/mel.py`), zeros where
it has ended, T a multiple of a patch; and `sound_frames` `(B,)` int64, how many each has, 0 where
none speaks the caption. It is of the caption, whatever picture it has.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from curate.dataset import files, memory, record, tables
from curate.dataset.errors import EmptySetError
from curate.dataset.memory import Memory
from train import mel
from train.corpus import Corpus
from train.notes import Note, listed
from train.notes._decoded import PLACE, decoded
from train.text import Words

FILE = record.AUDIO_FILE
PATCH = 8  # frames that are one token together
_HELD = pa.schema([pa.field("audio", pa.string()), pa.field("mel", pa.list_(pa.float16()))])
_AUDIO = ("audio", *PLACE)


def read(corpus: Corpus, words: Words, limit: int, labels: Path, labels_made: Path | None) -> Note:  # noqa: ARG001
    """Listen to the spoken captions of a corpus; what was heard before is remembered.

    Raises:
        DataError: a shard is missing, or what lies in it is no sound.
        EmptySetError: no caption of the corpus is spoken.
    """
    row_of = {uid: row for row, uid in enumerate(corpus.uids)}
    number = np.full(len(corpus), -1)  # of the sound of each row
    found: list[np.ndarray] = []
    for place in listed(("sound",), corpus.sets):
        spoken = _spoken(place, row_of)
        heard = _heard(spoken, place.parent)
        of: dict[str, int] = {}
        for one in spoken.to_pylist():
            number[row_of[one["uid"]]] = of.setdefault(one["audio"], len(found))
            if of[one["audio"]] == len(found):
                found.append(heard[one["audio"]])
    if not found:
        where = ", ".join(corpus.sets) or "a task's examples"
        raise EmptySetError(
            f"no caption of {where} is spoken: {FILE} names none of this split's "
            "pairs as a description's; take audio with the pictures, or leave tasks on sound out"
        )
    lengths = np.array([len(one) for one in found], np.int64)
    frames, first = np.concatenate(found), np.cumsum(lengths) - lengths

    def note(texts: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        which = number[texts]
        length = np.where(which < 0, 0, lengths[which])
        at = np.arange(-(-int(length.max()) // PATCH) * PATCH)
        inside = at < length[:, None]
        where = np.where(inside, first[which][:, None] + at, 0)
        sound = torch.from_numpy(frames[where]).float()
        return {
            "sound": sound.masked_fill(~torch.from_numpy(inside)[..., None], 0.0),
            "sound_frames": torch.from_numpy(length),
        }

    return note


def _spoken(file: files.Place, uids: dict[str, int]) -> pa.Table:
    """Of each of some pairs that is spoken the first audio that does it, by name."""
    rows = tables.read(file, ["uid", "kind", *_AUDIO])
    rows = tables.rows_with(rows, "kind", ["description"])
    rows = tables.rows_with(rows, "uid", list(uids)).sort_by([(c, "ascending") for c in _AUDIO])
    _, first = np.unique(rows.column("uid").to_numpy(), return_index=True)
    return rows.take(pa.array(np.sort(first)))


def _heard(spoken: pa.Table, root: files.Place) -> dict[str, np.ndarray]:
    """The log-mel frames of each audio, `(T, M)` float16."""
    known = Memory("log_mel", memory.fingerprint(Path(mel.__file__)), "audio", _HELD)
    what = ("log-mel spectrograms", "sounds")
    found = decoded(spoken, root, known, lambda data: (mel.log_mel(data),), what)
    return {name: bands.reshape(-1, mel.BANDS) for name, (bands,) in found.items()}
