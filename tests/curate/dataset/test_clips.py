"""Clips: what is read, which frames are taken, and what damaged files are answered with."""

import builtins
import contextlib
import io
import resource
import time
import zlib

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.dataset import clips
from curate.dataset.errors import StillError, VideoError
from tests._films import film
from train import pictures

ENCODINGS = ("webp", "gif", "apng", "avif", "mp4", "webm")
LOSSLESS = ("webp", "gif", "apng")


def encoded(frames: list[Image.Image], ms: list[int], encoding: str, **more) -> bytes:
    if encoding in ("mp4", "webm"):
        return film(frames, encoding, ms)
    out = io.BytesIO()
    how = {"apng": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF", "tiff": "TIFF"}[encoding]
    more = {"lossless": True, **more} if encoding == "webp" else more
    times = {} if encoding == "tiff" else {"duration": ms}
    frames[0].save(out, how, save_all=True, append_images=frames[1:], **times, **more)
    return out.getvalue()


def plain(count: int, size: tuple[int, int] = (48, 32)) -> list[Image.Image]:
    """Frames of one grey each, the lighter the later."""
    return [Image.new("RGB", size, (40 * n,) * 3) for n in range(count)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_format_frames_length_and_size_are_read_by_content(moving, encoding):
    found = clips.probe(moving(frames=6, encoding=encoding, ms=50))
    extension = {"apng": "png"}.get(encoding, encoding)
    assert found == clips.Clip(extension, 6, 0.3, 48, 48)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_of_each_equal_part_of_a_clip_the_frame_in_its_middle_is_taken(encoding):
    data = encoded(plain(4), [100, 500, 50, 150], encoding)
    seconds = clips.probe(data).seconds
    frames, times = clips.sample(data, 10, 8)
    assert times == pytest.approx((np.arange(10) + 0.5) * seconds / 10)
    starts = np.array([0, 0.1, 0.6, 0.65])
    wanted = [40 * int((starts <= t).sum() - 1) for t in times]
    assert frames.shape == (10, 3, 8, 8)
    assert frames.dtype == np.uint8
    assert np.abs(frames.astype(int) - np.array(wanted)[:, None, None, None]).max() < 8
    assert len(set(wanted)) >= 3


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_same_bytes_give_the_same_frames_whether_they_are_held_or_decoded_twice(
    moving, encoding, monkeypatch
):
    data = moving(frames=7, encoding=encoding)
    held, times = clips.sample(data, 5, 16)
    monkeypatch.setattr(clips, "_HELD", 48 * 48 * 3)
    again, same = clips.sample(data, 5, 16)
    assert (held == again).all()
    assert (times == same).all()


@pytest.mark.parametrize("encoding", LOSSLESS)
def test_a_frame_is_the_square_that_training_makes_of_the_picture_alone(drawn, encoding):
    shown = [
        Image.open(io.BytesIO(drawn("circle", c, 90))).convert("P").convert("RGB")
        for c in ("red", "blue")
    ]
    frames, _ = clips.sample(encoded(shown, [100, 100], encoding), 2, 32)
    for image, frame in zip(shown, frames, strict=True):
        alone = io.BytesIO()
        image.save(alone, "PNG")
        assert (pictures.square(alone.getvalue(), 32).numpy() == frame).all()


@pytest.mark.parametrize("encoding", ["webp", "apng"])
def test_what_is_transparent_lies_on_white(encoding):
    shown = [Image.new("RGBA", (20, 20), (200, 0, 0, alpha)) for alpha in (255, 0)]
    frames, _ = clips.sample(encoded(shown, [100, 100], encoding), 2, 4)
    assert (frames[0] == np.array([200, 0, 0])[:, None, None]).all()
    assert (frames[1] == 255).all()


def test_a_picture_that_an_apng_shows_in_place_of_its_animation_is_none_of_its_frames():
    data = encoded(plain(4), [100] * 3, "apng", default_image=True)
    assert Image.open(io.BytesIO(data)).n_frames == 4
    assert clips.probe(data) == clips.Clip("png", 3, 0.3, 48, 32)
    assert clips.sample(data, 3, 4)[0][:, 0, 0, 0].tolist() == [40, 80, 120]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_that_was_cut_short_anywhere_is_refused(moving, encoding):
    data = moving(encoding=encoding)
    for end in {*range(0, len(data), 7), len(data) - 1}:
        with pytest.raises(VideoError):
            clips.probe(data[:end])


@pytest.mark.parametrize("data", [b"", b"\0" * 500, b"no clip" * 99, b"\x1aE\xdf\xa3", b"GIF89a"])
def test_bytes_that_are_no_clip_are_refused_without_an_address_in_memory(data):
    with pytest.raises(VideoError) as refused:
        clips.probe(data)
    assert " at 0x" not in str(refused.value)


def test_a_picture_that_does_not_move_is_no_clip(drawn):
    with pytest.raises(StillError, match="a single frame"):
        clips.probe(drawn("circle", "red", encoding="WEBP"))
    same = [Image.new("RGB", (32, 32), "teal")] * 3
    with pytest.raises(StillError, match="its frames, 3, show the same"):
        clips.probe(encoded(same, [100] * 3, "webm"))


def test_pages_of_a_document_and_films_of_other_codecs_and_sound_alone_are_refused(tone):
    with pytest.raises(VideoError, match="TIFF is none of"):
        clips.probe(encoded(plain(2), [], "tiff"))
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("mjpeg", rate=10)
        stream.pix_fmt = "yuvj420p"
        stream.width = stream.height = 48
        for image in plain(3, (48, 48)):
            file.mux(stream.encode(av.VideoFrame.from_image(image)))
        file.mux(stream.encode())
    with pytest.raises(VideoError, match="coded in mjpeg, none of"):
        clips.probe(out.getvalue())
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=16_000)
        with av.open(io.BytesIO(tone(300))) as heard:
            for frame in heard.decode(audio=0):
                file.mux(stream.encode(frame))
        file.mux(stream.encode())
    with pytest.raises(VideoError, match="only sound"):
        clips.probe(out.getvalue())


@pytest.mark.parametrize("encoding", ["webp", "gif", "apng"])
def test_a_frame_that_is_shown_for_no_time_is_refused(encoding):
    with pytest.raises(VideoError, match="frame 2 is shown for 0 s"):
        clips.probe(encoded(plain(3), [100, 0, 100], encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_more_seconds_frames_and_pixels_than_allowed_are_refused(moving, encoding):
    data = moving(frames=5, encoding=encoding)
    assert clips.probe(data, 0.5, 5, 5 * 48 * 48).frames == 5
    with pytest.raises(VideoError, match=r"more than 0\.4 s"):
        clips.probe(data, max_seconds=0.4)
    with pytest.raises(VideoError, match="more than 4 frames"):
        clips.probe(data, max_frames=4)
    with pytest.raises(VideoError, match="48 x 48 are more than 11519 pixels"):
        clips.probe(data, max_pixels=5 * 48 * 48 - 1)


def test_a_small_file_of_many_large_frames_is_refused_before_they_are_decoded():
    large = [Image.new("1", (6000, 6000), value) for value in (0, 1)]
    data = bytearray(encoded(large, [100] * 2, "apng"))
    at = data.index(b"acTL")
    data[at + 4 : at + 8] = (30).to_bytes(4, "big")
    data[at + 12 : at + 16] = zlib.crc32(data[at : at + 12]).to_bytes(4, "big")
    assert len(data) < 50_000
    started, before = time.process_time(), peak()
    with pytest.raises(VideoError, match="30 frames of 6000 x 6000 are more than 1e"):
        clips.probe(bytes(data))
    assert time.process_time() - started < 0.5
    assert peak() - before < 64 << 20


def test_a_film_without_the_library_that_reads_it_says_what_to_install(moving, monkeypatch):
    data, real = moving(encoding="mp4"), builtins.__import__

    def without(name, *rest):
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(VideoError, match=r"pip install 'pairwright\[video\]'"):
        clips.probe(data)
    assert clips.probe(moving()).frames == 4


def test_a_film_that_was_filmed_on_its_side_is_shown_upright(moving, tmp_path):
    """An MP4's display matrix, as telephones write it."""
    data = bytearray(film([*plain(2, (64, 32)), *plain(2, (64, 32))], "mp4", 100))
    at = data.index(b"tkhd") + 4 + 40  # its matrix: nine numbers, of 16 and of 2 bits
    turned = (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(n.to_bytes(4, "big", signed=True) for n in turned)
    found = clips.probe(bytes(data))
    assert (found.width, found.height) == (32, 64)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_hostile_files_are_read_or_refused_in_bounded_time_and_memory(moving, data):
    encoding = data.draw(st.sampled_from(ENCODINGS))
    bytes_ = bytearray(moving(encoding=encoding))
    for _ in range(data.draw(st.integers(1, 8))):
        last = data.draw(st.sampled_from([80, len(bytes_) - 1]))
        bytes_[data.draw(st.integers(0, min(last, len(bytes_) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    before, started = peak(), time.process_time()
    with contextlib.suppress(VideoError):
        found = clips.probe(bytes(bytes_))
        assert 0 < found.seconds <= clips.MAX_SECONDS + 0.01
        assert 1 < found.frames <= clips.MAX_FRAMES
        assert found.frames * found.width * found.height <= clips.MAX_PIXELS
    assert time.process_time() - started < 5
    assert peak() - before < 300 << 20


def peak() -> int:
    """Bytes of memory that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
