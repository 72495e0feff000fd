"""Encoded audio in, its log-mel spectrogram out: what a model hears of it.

As AST and Kaldi have it (Gong et al., 2021): 16 kHz, one channel, Hann windows of 25 ms every
10 ms, logarithms of Kaldi's mel bands. libsndfile decodes, scipy resamples, transformers computes
the bands. Each band has mean 0 and deviation 1 over the sound, so that neither loudness nor the
microphone tells one recording from another.
"""

import io
import math
from functools import cache

import numpy as np
import soundfile
from scipy.signal import resample_poly
from transformers import audio_utils

from curate.dataset.errors import AudioError

BANDS = 80
RATE = 16_000  # Hz
HOP, WINDOW, POINTS = 160, 400, 512  # samples: from frame to frame, of a frame, of its transform
SECONDS = 8.0  # of a sound that are heard, at most
FRAMES = int(SECONDS * RATE) // HOP  # no sound has more
_LOW, _FLOOR = 20.0, 1.2e-7  # Hz; Kaldi's least energy
_STILL = 1e-3  # deviation below which a band says nothing


def log_mel(data: bytes) -> np.ndarray:
    """The first `SECONDS` of a sound.

    Returns:
        `(T, BANDS)` float16, 100 frames a second, at least one.

    Raises:
        AudioError: the bytes cannot be decoded, or are no sound at all.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate = file.samplerate
            wave = file.read(math.ceil(SECONDS * rate), "float32", always_2d=True).mean(1)
    except soundfile.SoundFileError as error:
        raise AudioError(f"{len(data)} bytes cannot be decoded as audio") from error
    if not len(wave):
        raise AudioError(f"{len(data)} bytes that hold no sample")
    shared = math.gcd(rate, RATE)
    wave = resample_poly(wave, RATE // shared, rate // shared)
    wave = np.pad(wave, (0, max(0, WINDOW - len(wave))))  # one frame at least
    bands = audio_utils.spectrogram(
        wave * 2.0**15,  # Kaldi's scale, by which its floor is meant
        _window(),
        WINDOW,
        HOP,
        POINTS,
        power=2.0,
        center=False,
        preemphasis=0.97,
        mel_filters=_filters(),
        log_mel="log",
        mel_floor=_FLOOR,
        remove_dc_offset=True,
    ).T
    deviation = bands.std(0)
    return ((bands - bands.mean(0)) / np.where(deviation < _STILL, 1.0, deviation)).astype(
        np.float16
    )


@cache
def _window() -> np.ndarray:
    found: np.ndarray = audio_utils.window_function(WINDOW, "hann", periodic=False)
    return found


@cache
def _filters() -> np.ndarray:
    found: np.ndarray = audio_utils.mel_filter_bank(
        num_frequency_bins=POINTS // 2 + 1,
        num_mel_filters=BANDS,
        min_frequency=_LOW,
        max_frequency=RATE / 2,
        sampling_rate=RATE,
        norm=None,
        mel_scale="kaldi",
        triangularize_in_mel_space=True,
    )
    return found
