import io

import numpy as np
import pytest
from PIL import Image

from curate.dataset import pixels, small
from curate.dataset.errors import ImageError


def encoded(image, encoding, **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


@pytest.mark.parametrize(("side", "scaled"), [(511, 511), (512, 256), (1023, 512), (2100, 263)])
def test_a_jpeg_is_scaled_by_halves_where_enough_pixels_are_left(side, scaled):
    data = encoded(Image.linear_gradient("L").resize((side, side + 40)), "JPEG", quality=95)
    found = small.small(data, 256)
    assert (found.size, found.grid.shape[1]) == ((side, side + 40), scaled)
    size = found.grid.shape[1::-1]
    whole = np.asarray(pixels.decode(data).resize(size, Image.Resampling.BOX), int)
    assert np.abs(found.grid.astype(int) - whole).max() <= 3
    assert found.reduced == (scaled < side)


def test_a_scaled_jpeg_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (1200, 600))
    picture.paste("red", (0, 0, 600, 600))
    found = small.small(encoded(picture, "JPEG", exif=exif), 256)
    assert (found.size, found.grid.shape) == ((600, 1200), (600, 300, 3))
    assert found.grid[20, 150, 0] > 200 > found.grid[580, 150, 0]


def test_a_picture_that_is_no_large_jpeg_is_small_as_it_is_decoded():
    image = Image.effect_noise((700, 600), 50).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    found = small.small(encoded(image, "PNG"), 256)
    assert found.grid.tobytes() == pixels.decode(encoded(image, "PNG")).tobytes()
    assert not found.reduced
    assert found.transparency == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize("size", [(256, 200), (300, 200), (512, 400), (1000, 370), (1900, 1200)])
def test_a_shrunk_picture_is_one_of_means_of_areas(size, reduced):
    coarse = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    grid = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    shrunk = small.Small(grid, size, 0.0, reduced).within(256)
    scale = min(1, 256 / max(size))
    wanted = tuple(max(1, round(side * scale)) for side in size)
    assert shrunk.shape[1::-1] == wanted
    exact = np.asarray(Image.fromarray(grid).resize(wanted, Image.Resampling.BOX), int)
    assert np.abs(shrunk.astype(int) - exact).mean() < 2


@pytest.mark.parametrize("reduced", [False, True])
def test_a_line_of_pixels_is_shrunk_to_one_pixel_high(reduced):
    line = small.Small(np.full((2, 8240, 3), 7, np.uint8), (8240, 2), 0.0, reduced)
    assert (line.within(256) == np.full((1, 256, 3), 7, np.uint8)).all()


def test_what_is_shrunk_does_not_depend_on_what_was_asked_for_before():
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    first, second = (small.Small(noise, (900, 700), 0.0, False) for _ in range(2))
    first.within(256)
    assert (first.within(64) == second.within(64)).all()
    assert first.within(64) is first.within(64)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_that_is_not_scaled_is_as_it_is_decoded(mode, subsampling):
    picture = Image.effect_noise((201, 133), 60).convert("RGB")
    picture.paste("red", (20, 20, 90, 90))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(picture.convert(mode), "JPEG", quality=80, subsampling=subsampling, exif=exif)
    found = small.small(data, 256)
    assert found.grid.tobytes() == pixels.decode(data).tobytes()
    assert (found.size, found.reduced) == ((133, 201), False)


def test_a_jpeg_that_ends_too_soon_is_refused():
    data = encoded(Image.effect_noise((200, 100), 60), "JPEG")
    with pytest.raises(ImageError):
        small.small(data[: len(data) // 2], 256)
