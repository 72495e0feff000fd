import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from curate.dataset import sets
from curate.scorers import text_area
from tests._unreadable import blank

LINES = ((40, 60), "HELLO WORLD"), ((40, 200), "second line")


@pytest.fixture
def measured(project, write_set):
    def call(*pictures):
        data = []
        for picture in pictures:
            out = io.BytesIO()
            picture.save(out, "PNG")
            data.append(out.getvalue())
        write_set(Path("pool"), [(d, "en", f"a page {n}") for n, d in enumerate(data)])
        rows = sets.located([Path("pool")])
        found = {r["image"]: r for r in text_area.score(rows, text_area.Params()).to_pylist()}
        from curate.dataset.record import image_name

        return [found[image_name(d)] for d in data]

    return call


def written(ground):
    """A page with two lines, and the share of it that they cover."""
    page = Image.new("RGB", (600, 400), ground)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(60)
    share = 0.0
    for place, text in LINES:
        draw.text(place, text, fill="black", font=font)
        left, top, right, bottom = draw.textbbox(place, text, font=font)
        share += (right - left) * (bottom - top) / (600 * 400)
    return page, share


def test_drawn_text_covers_its_share(measured):
    pages = [written(ground) for ground in ("white", "teal")]
    for (_, share), found in zip(pages, measured(*(page for page, _ in pages)), strict=True):
        assert share <= found["share"] <= 1.6 * share  # the detector's boxes have a margin
        assert abs(found["characters"] - len("HELLOWORLDsecondline")) <= 1


def test_what_is_no_text_covers_nothing(measured):
    """The detector alone takes a plain teal page, and a filled circle, for text."""
    circle = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(circle).ellipse((100, 100, 300, 300), fill="navy")
    plain = [Image.new("RGB", size, "teal") for size in ((300, 200), (20, 300), (900, 40), (9, 9))]
    assert [found["share"] for found in measured(circle, *plain)] == [0] * 5


def test_a_long_banner_is_searched_as_any_picture(measured):
    banner = Image.new("RGB", (1200, 80), "white")
    ImageDraw.Draw(banner).text((20, 20), "SALE", fill="black", font=ImageFont.load_default(40))
    assert 0.01 < measured(banner)[0]["share"] < 0.15


def test_bytes_that_are_no_picture_have_nulls(project, write_set, drawn):
    write_set(Path("pool"), [(drawn("circle", "red"), "en", "a circle")])
    rows = sets.located([Path("pool")])
    blank(rows.to_pylist()[0])
    row = text_area.score(rows, text_area.Params()).to_pylist()[0]
    assert (row["share"], row["characters"]) == (None, None)
