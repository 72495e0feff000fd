"""Recordings: bytes to samples."""

import io
from collections.abc import Iterator

import numpy as np
import soundfile

from curate.dataset import sounds

_FORMS = (("OGG", "VORBIS"), ("OGG", "OPUS"), ("WAV", "PCM_16"), ("FLAC", "PCM_16"))
_FORMS += (("MP3", "MPEG_LAYER_III"),)


def seeds() -> Iterator[bytes]:
    """A tone in every form."""
    tone = np.sin(np.arange(1600) / 5)[:, None] * 0.3
    for form, subtype in _FORMS:
        out = io.BytesIO()
        soundfile.write(out, tone, 16_000, format=form, subtype=subtype)
        yield out.getvalue()


def read(data: bytes) -> None:
    """Read a recording as crawl and training do."""
    sounds.probe(data, 10.0)
    sounds.samples(data)
