import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from curate import together
from curate.dataset import sets
from curate.scorers import image


def encoded(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def measure(project, write_set):
    def call(data, **params):
        write_set(Path("pool"), [(data, "en", "a picture")])
        rows = sets.located([Path("pool")])
        return together.measure(rows, [(image, image.Params(**params))])[0].to_pylist()[0]

    return call


def test_size_and_shape_are_those_of_the_picture(measure):
    row = measure(encoded(np.zeros((30, 90, 3), np.uint8)))
    assert (row["shortest_side"], row["aspect"]) == (30, 3.0)


def test_an_empty_page_is_blank_without_entropy_or_edges(measure):
    row = measure(encoded(np.full((64, 64, 3), 255, np.uint8)))
    assert (row["blank"], row["entropy"], row["std"], row["sharpness"]) == (1, 0, 0, 0)


def test_noise_has_full_entropy_and_is_not_blank(measure):
    noise = np.random.default_rng(0).integers(0, 256, (256, 256), np.uint8)
    row = measure(encoded(np.repeat(noise[..., None], 3, axis=2)))
    assert row["entropy"] > 7.9
    assert row["blank"] < 0.05
    assert row["std"] == pytest.approx(noise.std(), abs=1)


def test_a_blurred_picture_is_less_sharp_however_much_background_it_has(measure, drawn):
    sharp = Image.open(io.BytesIO(drawn("circle", "navy", 96)))
    page = Image.new("RGB", (384, 384), "white")
    page.paste(sharp, (20, 20))
    out = io.BytesIO()
    page.save(out, "PNG")
    blurred = io.BytesIO()
    sharp.filter(ImageFilter.GaussianBlur(6)).save(blurred, "PNG")
    assert measure(out.getvalue())["sharpness"] > 50
    assert measure(drawn("circle", "navy", 96))["sharpness"] > 50
    assert measure(blurred.getvalue())["sharpness"] < 20


def test_a_picture_and_its_larger_copy_agree(measure, drawn):
    small = measure(drawn("triangle", "red", 256))
    large = measure(drawn("triangle", "red", 1024))
    for name in ("entropy", "std", "blank"):
        assert large[name] == pytest.approx(small[name], rel=0.15, abs=0.2)
    assert large["shortest_side"] == 1024


def test_exposure_is_the_share_of_pixels_that_show_nothing(measure):
    page = np.full((80, 80, 3), 128, np.uint8)
    page[:20] = 5
    page[40:80] = 250
    row = measure(encoded(page))
    assert row["underexposed"] == pytest.approx(0.25)
    assert row["overexposed"] == pytest.approx(0.5)


def test_the_darkest_and_brightest_pixels_are_told_without_the_rarest(measure):
    page = np.full((100, 100, 3), 128, np.uint8)
    page[:6] = 20  # 6% of the pixels, more than 5%
    page[6:8] = 230  # 2%, more than 1%
    row = measure(encoded(page))
    assert (row["darkest"], row["brightest"]) == (20, 230)


@pytest.mark.parametrize("ground", [0, 30, 200, 255])
@pytest.mark.parametrize("side", [0, 40, 80])
def test_levels_are_counted_alike_however_much_of_a_page_is_ground(measure, ground, side):
    page = np.full((80, 80), ground, np.uint8)
    page[:side, :side] = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    row = measure(encoded(np.repeat(page[..., None], 3, axis=2)))
    shares = np.bincount(page.ravel(), minlength=256) / page.size
    some = shares[shares > 0]
    assert row["entropy"] == np.float32(abs((some * np.log2(some)).sum()))
    assert row["overexposed"] == np.float32(shares[243:].sum())
    assert row["darkest"] == np.searchsorted(shares.cumsum(), 0.05)
    edges = np.abs(cv2.Laplacian(page, cv2.CV_16S)).ravel()
    edges = np.sort(edges[edges > 0])
    assert row["sharpness"] == (edges[int(np.ceil(0.99 * edges.size)) - 1] if edges.size else 0)


@pytest.mark.parametrize("blur", [0, 1, 4])
def test_clarity_is_that_of_cleanvision(measure, blur):
    noise = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)
    picture = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(blur))
    grey = picture.convert("L")
    edges = np.asarray(grey.filter(ImageFilter.FIND_EDGES)).std()
    peaks = 1 - np.exp(-0.01 * np.std(grey.histogram()))
    expected = min(1 - np.exp(-0.01 * edges) + (peaks if peaks > 0.18 else 0), 1)
    assert measure(encoded(np.asarray(picture)))["clarity"] == pytest.approx(expected, abs=0.01)


def test_chroma_is_zero_for_grey_alone(measure):
    grey = np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)
    assert measure(encoded(np.repeat(grey[..., None], 3, axis=2)))["chroma"] == 0
    red = np.zeros((50, 50, 3), np.uint8)
    red[..., 0], red[..., 1] = 200, 50
    assert measure(encoded(red))["chroma"] == pytest.approx(200)


def test_transparency_is_that_of_the_file(measure, drawn):
    clear = np.full((40, 40, 4), 200, np.uint8)
    clear[:10, :, 3] = 0
    clear[10:, :, 3] = 255
    assert measure(encoded(clear))["transparency"] == pytest.approx(0.25)
    assert measure(drawn("circle", "red"))["transparency"] == 0


def test_a_scaled_jpeg_measures_as_its_whole_picture(measure):
    small = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    photo = Image.fromarray(small).resize((1600, 1200), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=95)
    whole, scaled = measure(encoded(np.asarray(photo))), measure(out.getvalue())
    assert scaled["shortest_side"] == whole["shortest_side"] == 1200
    assert scaled["sharpness"] == pytest.approx(whole["sharpness"], abs=1)
    for name in ("entropy", "std", "blank", "underexposed", "overexposed"):
        assert scaled[name] == pytest.approx(whole[name], rel=0.1, abs=0.01)
