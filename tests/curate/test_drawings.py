"""Drawings become pictures, and whatever becomes of their renderer the next one is rendered."""

import concurrent.futures
import gzip
import io
import signal
import time

import psutil
import pytest
from PIL import Image

from curate import renderer
from curate.dataset.errors import DrawingError
from curate.drawings import Drawings, is_drawing, picture, rendered

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}">{}</svg>'
RED = '<rect width="100%" height="100%" fill="red"/>'


def drawing(more: str = RED, width: float = 48, height: float = 48) -> bytes:
    return SVG.format(width, height, more).encode()


def renderers() -> list[psutil.Process]:
    """The processes of this one that render."""
    children = psutil.Process().children()
    return [
        child for child in children if any(renderer.__name__ in word for word in child.cmdline())
    ]


@pytest.mark.parametrize(
    ("head", "body", "encoding"),
    [
        ("", SVG, "utf-8"),
        ("\ufeff", SVG, "utf-8"),
        ('<?xml version="1.0" encoding="utf-16"?>', SVG, "utf-16"),
        ('<?xml version="1.0" encoding="windows-1251"?><!-- ж -->', SVG, "cp1251"),
        ("\n\n  <!-- <html> -->\n", SVG, "utf-8"),
        (
            '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://a.example/svg11.dtd">',
            SVG,
            "utf-8",
        ),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>', SVG, "utf-8"),
        (
            "",
            '<s:svg xmlns:s="http://www.w3.org/2000/svg" width="{}" height="{}">{}</s:svg>',
            "utf-8",
        ),
    ],
)
def test_a_drawing_is_told_by_its_content_in_whatever_form_it_begins(head, body, encoding):
    data = (head + body.format(40, 20, "")).encode(encoding)
    assert is_drawing(data)
    assert Image.open(io.BytesIO(picture(data, Drawings(side=64)))).size == (64, 32)


def test_a_compressed_drawing_is_one_and_is_limited_in_what_it_unpacks_to():
    data, small = drawing(), Drawings(side=8)
    packed = gzip.compress(data)
    assert is_drawing(packed)
    assert picture(packed, small) == picture(data, small)
    cut = packed[: len(packed) // 2]
    with pytest.raises(DrawingError):
        rendered(cut, small)
    bomb = gzip.compress(data.replace(b"</svg>", b" " * 10_000_000 + b"</svg>"))
    assert is_drawing(bomb)
    with pytest.raises(DrawingError, match=r"^5000001 bytes, more than 5000000$"):
        rendered(bomb, small)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        gzip.compress(b"a text", mtime=0),
        gzip.compress(b"<svg/>", mtime=0)[:11],
        b"\x1f\x8b<svg/>",
        b"<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>",
        b"<!DOCTYPE html><svg></svg>",
        b"svg",
        b"<!-- " + b" " * 100_000 + b"--><svg/>",
        b"\x89PNG\r\n\x1a\n<svg/>",
    ],
)
def test_no_other_file_is_a_drawing_and_it_stays_as_it_is(data, drawn):
    assert not is_drawing(data)
    assert picture(data, Drawings()) is data
    assert not is_drawing(drawn("circle", "red", encoding="JPEG"))


@pytest.mark.parametrize(("width", "height", "size"), [(90, 45, (64, 32)), (45, 90, (32, 64))])
def test_the_longest_side_is_as_asked_and_the_ground_is_transparent(width, height, size):
    half = '<rect width="50%" height="100%" fill="red"/>'
    image = Image.open(io.BytesIO(rendered(drawing(half, width, height), Drawings(side=64))))
    assert image.size == size
    assert image.getpixel((1, 1)) == (255, 0, 0, 255)
    assert image.getpixel((size[0] - 2, 1)) == (0, 0, 0, 0)


def test_one_process_renders_many_drawings_and_threads_share_it():
    rendered(drawing(), Drawings())
    (before,) = renderers()
    colours = [(number * 8, 255 - number * 8, 9) for number in range(24)]
    drawings = [drawing(f'<rect width="48" height="48" fill="rgb{c}"/>') for c in colours]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda data: rendered(data, Drawings(side=8)), drawings))
    seen = [Image.open(io.BytesIO(data)).convert("RGB").getpixel((4, 4)) for data in pictures]
    assert seen == colours
    assert renderers() == [before]


def test_a_renderer_that_died_while_it_had_nothing_to_do_is_no_drawings_fault():
    fine = rendered(drawing(), Drawings())
    (idle,) = renderers()
    idle.kill()
    idle.wait(10)
    assert rendered(drawing(), Drawings()) == fine


def test_a_renderer_that_does_not_answer_is_ended_by_the_clock():
    fine = rendered(drawing(), Drawings())
    (idle,) = renderers()
    idle.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(DrawingError, match=r"it takes more than 3 seconds$"):
        rendered(drawing(), Drawings(seconds=0.5))
    assert 2.9 < time.monotonic() - start < 30
    assert not idle.is_running()
    assert rendered(drawing(), Drawings()) == fine


def test_a_drawing_is_limited_in_bytes_also_by_what_its_entities_stand_for():
    data = drawing()
    rendered(data, Drawings(max_bytes=len(data)))
    with pytest.raises(DrawingError, match=rf"^{len(data)} bytes, more than {len(data) - 1}$"):
        rendered(data, Drawings(max_bytes=len(data) - 1))
    many = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>' + drawing(
        f"<text>{'&b;' * 10}</text>"
    )
    rendered(many, Drawings(max_bytes=1000))
    with pytest.raises(DrawingError, match=r"^its entities make it longer than \d+ characters$"):
        rendered(many, Drawings(max_bytes=len(many)))
