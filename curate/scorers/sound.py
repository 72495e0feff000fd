"""Spoken captions in; how long, silent, clipped and loud each recording is, out, without any model.

Channels are heard as their mean. A caption that is spoken more than once is judged by the recording
of the lowest hash, one that is not spoken by none. The language that is spoken is the caption's,
`pairs.lang`: a recording is joined to a caption in its language.
"""

from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [  # all null where the caption is not spoken
        pa.field("uid", pa.string(), nullable=False),
        pa.field("seconds", pa.float32()),
        pa.field("silence", pa.float32()),  # share of the windows below `floor`, 0 to 1
        pa.field("clipping", pa.float32()),  # share of samples in runs at full scale, 0 to 1
        pa.field("level", pa.float32()),  # dBFS, RMS of what is not silent; null: all of it is
    ]
)
_WINDOW = 0.02  # seconds
_FULL = 0.99  # of full scale: what a sample is cut off at, lossy codecs aside
_RUN = 3  # samples; fewer are a peak


@parameters
class Params:
    """What counts as silent."""

    floor: Annotated[float, Field(le=0)] = -50.0  # dBFS, of a window of 20 ms


def listened(data: bytes, params: Params) -> dict[str, float | None]:
    """All columns but the name, of one encoded recording.

    Raises:
        AudioError: the bytes are no audio.
    """
    from curate.dataset import sounds  # libsndfile, which most scorers do without

    samples, rate = sounds.samples(data)
    wave = samples.mean(1)
    power = _powers(wave, max(1, round(_WINDOW * rate)))
    heard = power[power >= 10 ** (params.floor / 10)]
    return {
        "seconds": len(wave) / rate,
        "silence": 1 - len(heard) / len(power),
        "clipping": float(_clipped(samples).mean()),
        "level": float(10 * np.log10(heard.mean())) if len(heard) else None,
    }


def _powers(wave: np.ndarray, width: int) -> np.ndarray:
    """Mean square of each window of a signal, (W,); the last may be shorter."""
    starts = np.arange(0, len(wave), width)
    sums = np.add.reduceat(wave.astype(np.float64) ** 2, starts)
    return sums / np.diff(np.append(starts, len(wave)))


def _clipped(samples: np.ndarray) -> np.ndarray:
    """Which samples (T, C) lie in a run at full scale of one sign, (T, C) bool."""
    found = np.zeros(samples.shape, np.bool_)
    for full in (samples >= _FULL, samples <= -_FULL):
        ends = len(full) - _RUN + 1
        runs = np.logical_and.reduce([full[at : at + max(ends, 0)] for at in range(_RUN)])
        for at in range(_RUN):
            found[at : at + len(runs)] |= runs
    return found
