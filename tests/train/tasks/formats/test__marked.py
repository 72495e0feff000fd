"""Frames that tell which thing a text means."""

import io

import pytest
from PIL import Image, ImageColor

from curate.dataset.errors import ImageError
from tests.train.tasks.formats import _files
from train.tasks.formats._marked import COLOURS, Marked


def test_each_thing_is_framed_in_the_colour_of_its_number(tmp_path):
    file = _files.draw(tmp_path / "a.jpg", (400, 300))
    marked = Marked(file, ((0, (10, 10, 100, 100)), (17, (200, 50, 390, 290))))
    picture = Image.open(io.BytesIO(marked.read_bytes()))
    assert picture.size == (400, 300)
    for spot, number in (((11, 50), 0), ((300, 51), 17 % len(COLOURS))):
        wanted = ImageColor.getrgb(COLOURS[number])
        assert max(abs(a - b) for a, b in zip(picture.getpixel(spot), wanted, strict=True)) < 60
    assert min(picture.getpixel((55, 55))) > 240  # inside nothing is drawn


def test_the_same_frames_are_the_same_picture_and_others_another(tmp_path):
    file = _files.draw(tmp_path / "a.jpg")
    one, same, other = (Marked(file, ((n, (1, 1, 20, 20)),)) for n in (0, 0, 1))
    assert one == same
    assert len({one, same, other}) == 2
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()


def test_what_is_no_picture_is_told(tmp_path):
    file = tmp_path / "a.jpg"
    with pytest.raises(FileNotFoundError):
        Marked(file, ()).read_bytes()
    file.write_bytes(b"words")
    with pytest.raises(ImageError, match=r"a\.jpg cannot be drawn on"):
        Marked(file, ()).read_bytes()
