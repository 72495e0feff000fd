"""Audio: what is read, and what hostile or damaged files are answered with."""

import contextlib
import io
import random
import resource
import struct
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.dataset import sounds
from curate.dataset.errors import AudioError

ENCODINGS = ("ogg", "opus", "wav", "flac", "mp3")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_format_length_rate_and_channels_are_read_by_content(tone, encoding):
    found = sounds.probe(tone(440, 1.5, encoding, channels=2))
    assert found == sounds.Sound(encoding, 1.5, 16_000, 2)


def test_a_file_of_many_blocks_is_decoded_to_its_end(tone, monkeypatch):
    monkeypatch.setattr(sounds, "_BLOCK", 1000)
    for encoding in ENCODINGS:
        assert sounds.probe(tone(440, 1.5, encoding, channels=2)).seconds == 1.5


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 5000, b"OggS", b"RIFF\0\0\0\0WAVE", b"fLaC", b"ID3\4", b"no audio" * 99]
)
def test_bytes_that_are_no_audio_are_refused_and_say_how_many_they_are_or_what_is_wrong(data):
    with pytest.raises(AudioError) as refused:
        sounds.probe(data)
    assert "object at" not in str(refused.value)


def test_a_format_that_is_none_of_ours_is_refused_though_the_library_reads_it(tone):
    data = tone(440, encoding="aiff")
    assert soundfile.info(io.BytesIO(data)).format == "AIFF"
    with pytest.raises(AudioError, match="no FLAC, MP3, Ogg or WAV"):
        sounds.probe(data)


@pytest.mark.parametrize("encoding", ["ogg", "opus", "wav", "flac"])
def test_a_file_that_was_cut_short_anywhere_is_refused(tone, encoding):
    data = tone(440, 2, encoding)
    for end in {*range(0, len(data), 97), len(data) - 1}:
        with pytest.raises(AudioError):
            sounds.probe(data[:end])


def test_an_mp3_that_was_cut_short_is_refused_by_the_length_that_its_first_frame_names(tone):
    data = tone(440, 2, "mp3")
    for end in range(0, len(data), 97):
        with pytest.raises(AudioError):
            sounds.probe(data[:end])


def mp3(mode: str) -> tuple[int, bytes]:
    """Number of samples and bytes of an MP3 whose frames are counted by none of them."""
    samples = np.random.default_rng(0).normal(scale=0.1, size=44_100 * 5)
    samples[len(samples) // 2 :] = 0
    out = io.BytesIO()
    soundfile.write(out, samples, 44_100, format="MP3", bitrate_mode=mode, compression_level=0.5)
    data = out.getvalue()
    assert sounds._counts_frames(data)
    assert sounds.probe(data).seconds == 5
    return len(samples), data[data.index(data[:2], max(data.find(b"Xing"), data.find(b"Info"))) :]


def test_an_mp3_that_counts_no_frames_is_as_long_as_it_decodes_to_with_and_without_tags():
    count, data = mp3("CONSTANT")
    tag = b"ID3\4\0\0\0\0\2\0" + bytes(256)
    for file in (data, tag + data, data + b"TAG" + bytes(125)):
        assert not sounds._counts_frames(file)
        assert 0 <= sounds.probe(file).seconds * 44_100 - count < 3 * 1152


def test_an_mp3_of_which_the_library_would_read_a_part_for_the_whole_is_refused():
    count, data = mp3("VARIABLE")
    assert len(soundfile.read(io.BytesIO(data))[0]) < count
    with pytest.raises(AudioError, match="bytes stay unread, since no header counts its frames"):
        sounds.probe(data)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM"])
def test_a_wav_is_read_whatever_its_samples_are(subtype):
    for kind in ("WAV", "WAVEX"):
        if soundfile.check_format(kind, subtype):
            out = io.BytesIO()
            soundfile.write(out, np.zeros(8_000), 8_000, format=kind, subtype=subtype)
            assert sounds.probe(out.getvalue()) == sounds.Sound("wav", 1.0, 8_000, 1)


@pytest.mark.parametrize("encoding", ["ogg", "opus"])
def test_any_flipped_bit_of_an_ogg_file_is_found(tone, encoding):
    data = tone(440, 2, encoding)
    for place in random.Random(0).sample(range(len(data) * 8), 300):
        with pytest.raises(AudioError):
            sounds.probe(flipped(data, place))


def test_ogg_pages_that_are_missing_in_the_middle_or_at_the_end_are_missed(tone):
    samples = np.random.default_rng(0).normal(scale=0.1, size=16_000 * 20)
    out = io.BytesIO()
    soundfile.write(out, samples, 16_000, format="OGG", subtype="VORBIS")
    data = out.getvalue()
    starts = [at for at in range(len(data)) if data[at : at + 5] == b"OggS\0"]
    assert sounds.probe(data).seconds == 20
    assert len(starts) > 5
    with pytest.raises(AudioError, match=rf"pages are missing before byte {starts[3]}$"):
        sounds.probe(data[: starts[3]] + data[starts[4] :])
    with pytest.raises(AudioError, match="not the last of the stream"):
        sounds.probe(data[: starts[-1]])


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_hostile_files_are_read_or_refused_in_bounded_time_and_memory(tone, data):
    encoding = data.draw(st.sampled_from(ENCODINGS))
    bytes_ = bytearray(tone(440, 1, encoding))
    for _ in range(data.draw(st.integers(1, 8))):
        last = data.draw(st.sampled_from([80, len(bytes_) - 1]))
        bytes_[data.draw(st.integers(0, min(last, len(bytes_) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    end = data.draw(st.one_of(st.just(len(bytes_)), st.integers(1, len(bytes_))))
    before, started = peak(), time.process_time()
    with contextlib.suppress(AudioError):
        found = sounds.probe(bytes(bytes_[:end]))
        assert 0 < found.seconds <= sounds.MAX_SECONDS
        assert 0 < found.rate <= 192_000
        assert 0 < found.channels <= 8
    assert time.process_time() - started < 5
    assert peak() - before < 64 << 20


def peak() -> int:
    """Bytes of memory that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_more_seconds_than_allowed_are_refused_from_the_header_before_anything_is_decoded(tone):
    """A FLAC of silence: some hundred bytes name more samples than memory could hold."""
    data = bytearray(tone(0, 1, "flac"))
    packed = int.from_bytes(data[18:26], "big")
    data[18:26] = ((packed >> 36 << 36) | (1 << 35)).to_bytes(8, "big")  # samples
    started = time.process_time()
    with pytest.raises(AudioError, match=r"2147483\.6 s are more than 600 s"):
        sounds.probe(bytes(data))
    assert time.process_time() - started < 0.1
    with pytest.raises(AudioError, match=r"1\.0 s are more than 0\.9 s"):
        sounds.probe(tone(440, 1, "ogg"), max_seconds=0.9)


def test_a_flac_that_names_no_length_says_what_to_do(tone):
    data = bytearray(tone(440, 1, "flac"))
    packed = int.from_bytes(data[18:26], "big")
    data[18:26] = (packed >> 36 << 36).to_bytes(8, "big")
    with pytest.raises(AudioError, match="names no length; encode it to a file"):
        sounds.probe(bytes(data))


def test_a_wav_whose_header_lies_about_its_length_is_refused_but_a_streamed_one_is_read(tone):
    data = bytearray(tone(440, 1, "wav"))
    assert data[36:40] == b"data"
    data[40:44] = struct.pack("<I", 0x7FFFFFF0)
    with pytest.raises(AudioError, match="truncated: 32000 of 2147483632 bytes"):
        sounds.probe(bytes(data))
    data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    assert sounds.probe(bytes(data)).seconds == 1


@pytest.mark.parametrize(("at", "form", "value"), [(22, "<H", 200), (24, "<I", 1_000_000)])
def test_more_channels_and_hertz_than_any_recording_has_are_refused(tone, at, form, value):
    data = bytearray(tone(440, 1, "wav"))
    struct.pack_into(form, data, at, value)
    with pytest.raises(AudioError, match="is no recording"):
        sounds.probe(bytes(data))
