import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageStat

from curate.dataset import pixels
from curate.dataset.errors import ImageError


def encoded(image, encoding, **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def test_transparency_is_laid_on_white():
    clear = encoded(Image.new("RGBA", (4, 4), (10, 20, 30, 0)), "PNG")
    assert pixels.decode(clear).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(256, 256), (1, 70_000), (70_000, 1), (2300, 1900)])
def test_every_colour_at_every_opacity_is_laid_on_white_as_pillow_pastes_it(size):
    every = np.arange(1 << 16).astype("<u2").view(np.uint8)  # all pairs of value and opacity
    values = np.resize(every, 2 * size[0] * size[1]).reshape(size[1], size[0], 2)
    picture = Image.fromarray(values[..., [0, 0, 1, 1]])
    ground = Image.new("RGB", size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    grid, transparency = pixels.white(picture)
    assert grid.tobytes() == ground.tobytes() == pixels.on_white(picture).tobytes()
    assert transparency == 1 - ImageStat.Stat(picture.getchannel("A")).mean[0] / 255


@pytest.mark.parametrize("size", [(3, 5), (2300, 1900)])
def test_an_opaque_picture_stays_as_it_is_on_white(size):
    picture = Image.effect_noise(size, 90).convert("RGB")
    grid, transparency = pixels.white(picture)
    assert (grid.tobytes(), transparency) == (picture.tobytes(), 0)


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
    with pytest.raises(ImageError, match="format PPM is not one of"):
        pixels.decode(encoded(Image.new("RGB", (4, 4)), "PPM"))


def test_a_format_is_told_by_content_and_what_is_none_is_said():
    data = encoded(Image.new("RGB", (4, 4)), "PNG")
    with pytest.raises(ImageError, match="Truncated File Read"):
        pixels.probe(data[:20])
    with pytest.raises(ImageError, match="9 bytes that are no picture"):
        pixels.probe(b"not found")


@pytest.mark.parametrize("encoding", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_to_8(encoding):
    values = np.array([[0, 257, 25700, 32896, 65535]], np.uint16)
    data = encoded(Image.fromarray(values), encoding)
    assert np.asarray(pixels.decode(data))[0].tolist() == [[v] * 3 for v in (0, 1, 100, 128, 255)]


def test_a_transparent_value_of_16_bits_is_laid_on_white():
    data = encoded(Image.fromarray(np.array([[100, 30000]], np.uint16)), "PNG")
    at = data.index(b"IDAT") - 4
    body = b"tRNS" + struct.pack(">H", 100)
    clear = struct.pack(">I", 2) + body + struct.pack(">I", zlib.crc32(body))
    shown = np.asarray(pixels.decode(data[:at] + clear + data[at:]))
    assert shown[0].tolist() == [[255] * 3, [117] * 3]


def test_values_without_a_known_white_are_refused():
    for mode in ("I", "F"):
        with pytest.raises(ImageError, match="which of its values is white"):
            pixels.decode(encoded(Image.new(mode, (4, 4), 3), "TIFF"))


@pytest.mark.parametrize(("encoding", "extension"), [("JPEG", "jpg"), ("TIFF", "tif")])
def test_cmyk_is_shown_in_its_colours(encoding, extension):
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), encoding)
    assert pixels.probe(data) == (extension, 16, 16)
    red, green, blue = pixels.decode(data).getpixel((8, 8))
    assert red > 250
    assert max(green, blue) < 5


def test_a_jpeg_with_more_pictures_behind_it_is_a_jpeg():
    first, second = Image.new("RGB", (16, 8), "red"), Image.new("RGB", (8, 16), "blue")
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert pixels.probe(data) == ("jpg", 16, 8)
    assert pixels.decode(data).getpixel((8, 4))[0] > 250


@pytest.mark.parametrize("encoding", ["TIFF", "AVIF"])
def test_further_formats_are_read_in_their_colours(encoding):
    data = encoded(Image.new("RGB", (32, 16), (200, 40, 90)), encoding)
    assert pixels.probe(data)[1:] == (32, 16)
    shown = np.asarray(pixels.decode(data)).astype(int)
    assert np.abs(shown - [200, 40, 90]).max() <= 3


def test_a_jpeg_whose_data_ends_early_is_refused_though_it_has_an_end():
    data = encoded(Image.effect_noise((200, 200), 60), "JPEG")
    middle = len(data) // 2
    with pytest.raises(ImageError, match="corrupt"):
        pixels.probe(data[:middle] + b"\xff\xd9")


def test_damaged_metadata_does_not_cost_a_sound_picture():
    data = encoded(Image.new("RGB", (8, 4)), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff")
    assert pixels.probe(data) == ("jpg", 8, 4)
    assert pixels.decode(data).size == (8, 4)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_picture_or_an_image_error(data):
    with contextlib.suppress(ImageError):
        assert pixels.decode(data).mode == "RGB"
