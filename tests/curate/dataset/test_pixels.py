import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError


def encoded(image, encoding, **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def test_transparency_is_laid_on_white():
    clear = encoded(Image.new("RGBA", (4, 4), (10, 20, 30, 0)), "PNG")
    assert pixels.decode(clear).getpixel((0, 0)) == (255, 255, 255)


def test_palette_transparency_is_laid_on_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([200, 0, 0] + [0] * 765)
    data = encoded(image, "PNG", transparency=0)
    assert pixels.decode(data).getpixel((0, 0)) == (255, 255, 255)


def test_exif_rotation_is_applied_to_size_and_pixels():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif)
    assert pixels.probe(data) == ("jpg", 4, 8)
    assert pixels.decode(data).size == (4, 8)


def test_a_truncated_picture_is_an_image_error():
    data = encoded(Image.effect_noise((64, 64), 50), "PNG")
    with pytest.raises(ImageError, match="truncated"):
        pixels.probe(data[: len(data) // 2])


def test_too_many_pixels_are_refused_from_the_header():
    bomb = encoded(Image.new("1", (10000, 10000)), "PNG")
    with pytest.raises(ImageError, match="10000 x 10000 is more than"):
        pixels.probe(bomb)


def test_formats_outside_the_list_are_refused_by_name():
    with pytest.raises(ImageError, match="format TIFF is not one of"):
        pixels.decode(encoded(Image.new("RGB", (4, 4)), "TIFF"))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_picture_or_an_image_error(data):
    with contextlib.suppress(ImageError):
        assert pixels.decode(data).mode == "RGB"
