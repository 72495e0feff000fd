"""Stamps: pictures, drawings, and their descriptions."""

import io
from pathlib import Path

import pytest
from PIL import Image

from curate.sources import Found, Refusal, stamps

ROOT = "usr/share/tuxpaint/stamps"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="{width}pt" height="{height}pt">'
    '<rect width="100%" height="100%" fill="{fill}"/>{more}</svg>'
)


def drawing(width: int, height: int, fill: str = "red", more: str = "") -> str:
    return SVG.format(width=width, height=height, fill=fill, more=more)


def read(packages: Path, **changes: object) -> dict[str, Found | Refusal]:
    params = stamps.Params(package="stamps", **{"languages": ("en", "de", "pt-BR")} | changes)
    items = stamps.items(params, packages, packages)
    found = [i if isinstance(i, Refusal) else stamps.read(i, params) for i in items]
    return {entry.item.partition(f"{ROOT}/")[2]: entry for entry in found}


def test_the_first_line_is_english_and_the_languages_asked_for_follow(package, drawn):
    text = "A cat.\nde.utf8=Eine  Katze.\nfr.utf8=Un chat.\npt_BR.utf8=Um gato.\nxx.utf8=\n"
    packages = package(
        "stamps", {f"{ROOT}/cat.png": drawn("square", "red"), f"{ROOT}/cat.txt": text}
    )
    cat = read(packages, licence="GPL-2.0-or-later")["cat.png"]
    assert [c[:2] for c in cat.captions] == [
        ("en", "A cat."),
        ("de", "Eine Katze."),
        ("pt-BR", "Um gato."),
    ]
    assert cat.url == f"pkg:deb/debian/stamps#{ROOT}/cat.png"
    assert {c.page for c in cat.captions} == {f"pkg:deb/debian/stamps#{ROOT}/cat.txt"}
    assert cat.licence == "GPL-2.0-or-later"


def test_a_stamp_that_comes_as_png_and_as_svg_is_taken_once_as_png(package, drawn):
    picture = drawn("circle", "blue")
    files = {f"{ROOT}/a.png": picture, f"{ROOT}/a.svg": drawing(9, 9), f"{ROOT}/a.txt": "A ball."}
    found = read(package("stamps", files))
    assert list(found) == ["a.png"]
    assert found["a.png"].data == picture


@pytest.mark.parametrize(("width", "height", "size"), [(90, 45, (64, 32)), (45, 90, (32, 64))])
def test_a_drawing_is_rendered_with_its_longest_side_as_asked(package, width, height, size):
    files = {f"{ROOT}/a.svg": drawing(width, height), f"{ROOT}/a.txt": "A field."}
    found = read(package("stamps", files), svg_side=64)["a.svg"]
    image = Image.open(io.BytesIO(found.data))
    assert image.size == size
    assert image.convert("RGB").getpixel((10, 10)) == (255, 0, 0)


def test_a_drawing_gets_no_file_of_this_machine(package, drawn, project):
    secret = project / "secret.png"
    secret.write_bytes(drawn("square", "black"))
    more = f'<image xlink:href="{secret}" width="64" height="64"/>'
    files = {f"{ROOT}/a.svg": drawing(48, 48, more=more), f"{ROOT}/a.txt": "A red field."}
    found = read(package("stamps", files), svg_side=64)["a.svg"]
    colours = Image.open(io.BytesIO(found.data)).convert("RGB").getcolors()
    assert colours == [(64 * 64, (255, 0, 0))]


def test_what_cannot_be_used_is_refused_with_a_reason(package, drawn):
    files = {
        f"{ROOT}/mirror.png": drawn("square", "red"),
        f"{ROOT}/broken.svg": "<svg",
        f"{ROOT}/broken.txt": "A drawing.",
        f"{ROOT}/foreign.png": drawn("square", "blue"),
        f"{ROOT}/foreign.txt": "\nfr.utf8=Un chat.\n",
    }
    found = read(package("stamps", files))
    assert {name: refusal.reason for name, refusal in found.items()} == {
        "mirror.png": "no caption",
        "broken.svg": "unreadable drawing",
        "foreign.png": "no caption",
    }


def test_sounds_and_descriptions_in_the_languages_asked_for_come_with_their_stamp(
    package, drawn, tone
):
    clips = {
        name: tone(hertz, 0.2, encoding)
        for name, hertz, encoding in (
            ("cat.ogg", 200, "ogg"),  # what a cat sounds like
            ("cat_desc.ogg", 220, "ogg"),  # English
            ("cat_desc_de.ogg", 240, "ogg"),
            ("cat_desc_pt_BR.wav", 260, "wav"),
            ("cat_desc_fr.ogg", 280, "ogg"),  # not asked for
            ("cat_red_desc_de.ogg", 300, "ogg"),
            ("cat_red_nl.ogg", 320, "ogg"),
            ("cat_de.ogg", 340, "ogg"),  # there is a stamp of this name
            ("dog_desc.ogg", 360, "ogg"),  # beside no stamp
        )
    }
    pictures = {f"{stem}.png": drawn("square", "red") for stem in ("cat", "cat_red", "cat_de")}
    texts = {name.replace(".png", ".txt"): "A cat.\npt_BR.utf8=Um gato." for name in pictures}
    files = {f"{ROOT}/{name}": data for name, data in (clips | pictures | texts).items()}
    packages = package("stamps", files)
    found = read(packages)
    heard = {
        name: {a.url.rpartition("/")[2]: (a.kind, a.lang, a.data) for a in stamp.audio}
        for name, stamp in found.items()
    }
    assert heard == {
        "cat.png": {
            "cat.ogg": ("sound", None, clips["cat.ogg"]),
            "cat_desc.ogg": ("description", "en", clips["cat_desc.ogg"]),
            "cat_desc_de.ogg": ("description", "de", clips["cat_desc_de.ogg"]),
            "cat_desc_pt_BR.wav": ("description", "pt-BR", clips["cat_desc_pt_BR.wav"]),
        },
        "cat_red.png": {
            "cat_red_desc_de.ogg": ("description", "de", clips["cat_red_desc_de.ogg"]),
            "cat_red_nl.ogg": ("sound", "nl", clips["cat_red_nl.ogg"]),
        },
        "cat_de.png": {"cat_de.ogg": ("sound", None, clips["cat_de.ogg"])},
    }
    assert found["cat.png"].audio[0].url == f"pkg:deb/debian/stamps#{ROOT}/cat.ogg"
    assert not any(stamp.audio for stamp in read(packages, audio=False).values())
