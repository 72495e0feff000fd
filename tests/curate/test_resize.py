import io
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError, ParamsError
from curate.resize import Resize, resized
from curate.stage import params as parameter_file


def encoded(image, encoding, **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def landscape(width, height):
    """A smooth picture with detail at every scale and edges, as photographs have."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    grey = sum(
        90 / wave * np.sin((x * math.cos(wave) + y * math.sin(wave)) * math.tau / (3 * wave))
        for wave in range(2, 30, 3)
    )
    grey += 60 * ((x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(width, height) / 3) ** 2)
    colours = np.stack([grey + 90, grey * 0.5 + x / width * 120, grey + y / height * 100], axis=2)
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8))


def psnr(one, other):
    """Peak signal-to-noise ratio (dB) of two pictures of the same size."""
    error = np.mean((np.asarray(one, np.float64) - np.asarray(other, np.float64)) ** 2)
    return 10 * math.log10(255**2 / max(error, 1e-9))


def shown(data, **params):
    """The picture that comes out, decoded."""
    return pixels.decode(resized(data, Resize(**params))[0])


@pytest.mark.parametrize(
    ("by", "only_shrink", "size", "new"),
    [
        ("shorter", True, (640, 480), (341, 256)),
        ("shorter", True, (200, 100), (200, 100)),
        ("shorter", False, (200, 100), (512, 256)),
        ("longest", True, (640, 480), (256, 192)),
        ("longest", False, (128, 64), (256, 128)),
        ("none", True, (640, 480), (640, 480)),
        ("longest", True, (3000, 2), (256, 1)),
    ],
)
@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
def test_the_side_that_is_meant_gets_the_size_that_is_asked_for(
    by, only_shrink, size, new, encoding
):
    data = encoded(landscape(*size), encoding)
    out, extension, *sides = resized(data, Resize(by=by, only_shrink=only_shrink))
    assert tuple(sides) == new
    assert pixels.probe(out) == (extension, *new)


@settings(max_examples=40)
@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from(["JPEG", "PNG"]))
def test_every_size_of_picture_becomes_one_with_the_side_asked_for(width, height, encoding):
    data = encoded(Image.new("RGB", (width, height), "teal"), encoding)
    out, _, *sides = resized(data, Resize(side=48, by="shorter", only_shrink=False))
    assert min(sides) == 48
    assert max(sides) == max(48, round(48 * max(width, height) / min(width, height)))
    assert np.ptp(np.asarray(pixels.decode(out)).reshape(-1, 3), axis=0).max() <= 3


@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(501, 707), (639, 1023), (1200, 900), (2001, 1501)])
def test_it_is_as_near_to_pillows_lanczos_as_the_mean_over_areas_of_the_whole_picture(
    size, encoding
):
    data = encoded(landscape(*size), encoding, quality=95)
    small, whole = shown(data, format="png"), pixels.decode(data)
    wanted = whole.resize(small.size, Image.Resampling.LANCZOS)
    area = cv2.resize(np.asarray(whole), small.size, interpolation=cv2.INTER_AREA)
    assert psnr(small, wanted) > max(34, psnr(area, wanted) - 0.5)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [500, 640, 750, 900, 1020])
def test_detail_finer_than_the_new_pixels_vanishes_instead_of_forming_patterns(side, encoding):
    left = []
    y, x = np.mgrid[:side, :side]
    for angle in (0.0, 0.5):
        for pitch in np.linspace(0.6 * 256 / side, 0.5, 5):  # waves a pixel
            phase = math.tau * pitch * (x * math.cos(angle) + y * math.sin(angle))
            grating = Image.fromarray((127.5 + 100 * np.sin(phase)).astype(np.uint8))
            options = {"quality": 98} if encoding == "JPEG" else {}
            small = np.asarray(shown(encoded(grating, encoding, **options), format="png"))
            left.append(small[8:-8, 8:-8, 1].std() / 70.7)
    assert np.sqrt(np.mean(np.square(left))) < 0.3


def test_a_ramp_keeps_its_place_however_odd_the_size():
    for side in (513, 767, 1023, 1025):
        ramp = np.linspace(0, 255, side).round().astype(np.uint8)
        data = encoded(Image.fromarray(np.tile(ramp, (side, 1))), "JPEG", quality=100)
        small = np.asarray(shown(data, format="png"))[128, :, 0].astype(float)
        wanted = (np.arange(256) + 0.5) / 256 * 255
        assert np.abs(small - wanted)[4:-4].max() < 1.6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_a_picture_comes_out_upright_and_says_nothing_more_of_it(orientation, encoding):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(landscape(640, 480), encoding, exif=exif, quality=95)
    out, _, *size = resized(data, Resize(format="png"))
    upright = pixels.decode(data)
    small = Image.open(io.BytesIO(out))
    assert small.size == tuple(size)
    assert not small.getexif()
    assert psnr(small, upright.resize(small.size, Image.Resampling.LANCZOS)) > 32


def test_transparency_lies_on_white():
    data = encoded(Image.new("RGBA", (600, 600), (10, 20, 30, 0)), "PNG")
    assert shown(data).getpixel((100, 100)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["jpg", "webp", "png"])
def test_each_form_is_written_the_same_each_time(form):
    data = encoded(landscape(400, 300), "JPEG")
    out, extension, *size = resized(data, Resize(format=form))
    assert extension == form
    assert pixels.probe(out) == (form, *size)
    assert resized(data, Resize(format=form))[0] == out


@pytest.mark.parametrize("form", ["jpg", "webp"])
def test_a_lower_quality_takes_fewer_bytes(form):
    data = encoded(landscape(600, 500), "JPEG")
    sizes = [len(resized(data, Resize(format=form, quality=q))[0]) for q in (30, 60, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] / 2


def test_grey_and_cmyk_jpegs_are_resized_as_they_are_shown():
    for mode in ("L", "CMYK"):
        data = encoded(landscape(900, 700).convert(mode), "JPEG", quality=95)
        small = shown(data, format="png")
        wanted = pixels.decode(data).resize(small.size, Image.Resampling.LANCZOS)
        assert psnr(small, wanted) > 34


def test_a_truncated_jpeg_is_refused():
    data = encoded(landscape(600, 500), "JPEG")
    with pytest.raises(ImageError, match="truncated"):
        resized(data[:-100], Resize())


def test_what_a_form_cannot_hold_is_refused_before_it_is_made():
    thin = encoded(Image.new("L", (20_000, 1)), "PNG")
    with pytest.raises(ImageError, match="would become 5120000 x 256"):
        resized(thin, Resize(only_shrink=False))
    with pytest.raises(ImageError, match="more than 16383 pixels a side"):
        resized(thin, Resize(by="none", format="webp"))


def test_a_quality_that_does_not_exist_is_a_params_error():
    with pytest.raises(ParamsError, match=r"crawl\.resize\.quality is 101"):
        parameter_file.build(Resize, {"quality": 101}, "crawl.resize")
