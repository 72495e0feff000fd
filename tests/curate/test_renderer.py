"""What the renderer of drawings gets to see, and what it can reach."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
import resvg_py
from PIL import Image

from curate.dataset.errors import DrawingError
from curate.drawings import Drawings, rendered
from curate.renderer import size

SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {SPACES} width="48" height="48"><rect width="48" height="48" fill="red"/>%s</svg>'
PLACE = 'width="48" height="48"'


def characters(text):
    return "".join(f"&#x{ord(letter):x};" for letter in text)


def inside(data, kind="image/svg+xml"):
    return f"data:{kind};base64,{base64.b64encode(data.encode()).decode()}"


def image(of):
    return f'<image {PLACE} href="{of}"/>'


REFERENCES = {  # what leads out of a drawing, to a place that is filled in
    "href": lambda to: SVG % image(to),
    "xlink": lambda to: SVG % f'<image {PLACE} xlink:href="{to}"/>',
    "another prefix": lambda to: (
        SVG % f'<image xmlns:l="http://www.w3.org/1999/xlink" {PLACE} l:href="{to}"/>'
    ),
    "single quotes": lambda to: SVG % f"<image {PLACE} href =\n' {to}'/>",
    "unquoted": lambda to: SVG % f"<image {PLACE} href={to} />",
    "characters": lambda to: SVG % image(characters(to)),
    "entity": lambda to: f'<!DOCTYPE svg [<!ENTITY e "{to}">]>' + SVG % image("&e;"),
    "entity with element": lambda to: f"<!DOCTYPE svg [<!ENTITY e '{image(to)}'>]>" + SVG % "&e;",
    "default attribute": lambda to: (
        f'<!DOCTYPE svg [<!ATTLIST image href CDATA "{to}">]>' + SVG % f"<image {PLACE}/>"
    ),
    "external entity": lambda to: (
        f'<!DOCTYPE svg [<!ENTITY e SYSTEM "{to}">]>' + SVG % "<text>&e;</text>"
    ),
    "external DTD": lambda to: f'<!DOCTYPE svg SYSTEM "{to}">' + SVG % "",
    "parameter entity": lambda to: f'<!DOCTYPE svg [<!ENTITY % e SYSTEM "{to}"> %e;]>' + SVG % "",
    "use": lambda to: SVG % f'<use href="{to}#a"/>',
    "filter": lambda to: (
        SVG % f'<filter id="f"><feImage href="{to}"/></filter><rect {PLACE} filter="url(#f)"/>'
    ),
    "fill": lambda to: SVG % f'<rect {PLACE} fill="url({to}#a)"/>',
    "style": lambda to: SVG % f"<rect {PLACE} style=\"fill: url('{to}#a')\"/>",
    "import": lambda to: SVG % f"<style>@import url({to}); @import '{to}';</style>",
    "font": lambda to: (
        SVG % f"<style>@font-face {{font-family: f; src: url({to})}}</style>"
        f'<text y="40" font-family="f">text</text>'
    ),
    "style sheet": lambda to: f'<?xml-stylesheet href="{to}"?>' + SVG % "",
    "base": lambda to: (
        SVG % f'<g xml:base="{to.rpartition("/")[0]}/">{image(to.rpartition("/")[2])}</g>'
    ),
    "script": lambda to: SVG % f'<script href="{to}"/>',
    "page": lambda to: (
        SVG % f'<foreignObject {PLACE}><img xmlns="http://www.w3.org/1999/xhtml" src="{to}"/>'
        "</foreignObject>"
    ),
    "drawing in data": lambda to: SVG % image(inside(SVG % image(to))),
    "drawing in data, by name": lambda to: SVG % image(inside(SVG % image(to), "text/plain")),
}


def blue(data):
    """How many pixels of a picture are blue."""
    found = Image.open(io.BytesIO(data)).convert("RGB").getcolors(1 << 20)
    return sum(count for count, colour in found if colour[2])


@pytest.fixture
def secret(project):
    """A blue picture on this machine."""
    Image.new("RGB", (48, 48), "blue").save("secret.png")
    return str(project / "secret.png")


def test_the_library_alone_would_show_a_file_of_this_machine(secret):
    assert blue(resvg_py.svg_to_bytes(svg_string=REFERENCES["href"](secret))) == 48 * 48


@pytest.mark.parametrize("form", REFERENCES)
def test_no_drawing_gets_at_a_file_or_a_host(form, secret, hostile, raw):
    hostile.answers["/secret.png"] = raw(Path(secret).read_bytes())
    for place in (secret, f"file://{secret}", f"{hostile.root}/secret.png", "secret.png"):
        data = REFERENCES[form](place).encode()
        if form == "unquoted":
            with pytest.raises(DrawingError, match="line 1: not well-formed"):
                rendered(data, Drawings())
        else:
            assert not blue(rendered(data, Drawings(side=48)))
    assert hostile.asked == []


def test_the_process_can_open_neither_file_nor_socket_nor_more_memory():
    code = (
        "import socket\nfrom curate import renderer\nrenderer.confine()\n"
        "for call in (lambda: open('/etc/hostname'), socket.socket, lambda: bytearray(2**30)):\n"
        "    try:\n        call()\n    except (OSError, MemoryError) as error:\n"
        "        print(type(error).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OSError", "OSError", "MemoryError"]


def test_what_a_drawing_brings_along_is_shown(secret):
    pixels = base64.b64encode(Path(secret).read_bytes()).decode()
    assert blue(rendered((SVG % image(f"data:image/png;base64,{pixels}")).encode(), Drawings()))
    gradient = '<linearGradient id="{}" {}><stop stop-color="blue"/></linearGradient>'
    more = gradient.format("a", "") + '<linearGradient id="b" xlink:href="#a"/>'
    assert blue(rendered((SVG % f'{more}<rect {PLACE} fill="url(#b)"/>').encode(), Drawings()))
    used = f'<defs><rect id="a" {PLACE} fill="blue"/></defs><use xlink:href="#a"/>'
    assert blue(rendered((SVG % used).encode(), Drawings()))


def test_entities_that_stand_for_names_are_resolved():
    """As Adobe Illustrator writes them."""
    data = (
        '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY c "fill:blue;">]>'
        f'<svg xmlns="&ns_svg;" {PLACE}><rect {PLACE} style="&c;"/></svg>'
    )
    assert blue(rendered(data.encode(), Drawings(side=48))) == 48 * 48


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"width": "48", "height": "24.5px"}, (48, 24.5)),
        ({"width": "1in", "height": "2.54cm"}, (96, 96)),
        ({"width": "72pt", "height": "6pc"}, (96, 96)),
        ({"width": " 1e2 ", "height": "25.4mm"}, (100, 96)),
        ({"viewBox": "0 0 40 20"}, (40, 20)),
        ({"viewBox": "-5,-5, 40,20", "width": "50%"}, (20, 20)),
        ({"viewBox": "0 0 40 20", "width": "much", "height": "7"}, (40, 7)),
    ],
)
def test_the_size_is_read_from_width_height_and_view_box(stated, found):
    assert size(stated) == pytest.approx(found)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({}, "neither width nor viewBox says how large it is"),
        ({"width": "5"}, "neither height nor viewBox says how large it is"),
        ({"width": "100%", "height": "100%"}, "neither width nor viewBox"),
        ({"viewBox": "0 0 -1 5"}, "neither width nor viewBox"),
        ({"viewBox": "0 0 5"}, "neither width nor viewBox"),
        ({"width": "0", "height": "5"}, "0 x 5 pixels are no size"),
        ({"width": "-5", "height": "5"}, "-5 x 5 pixels are no size"),
        ({"width": "1e999", "height": "5"}, "inf x 5 pixels are no size"),
        ({"width": "5", "height": "501"}, "5 x 501: a side is more than 100 times the other"),
    ],
)
def test_a_size_that_no_picture_has_is_refused_before_anything_is_drawn(stated, why):
    with pytest.raises(ValueError, match=why):
        size(stated)
    written = " ".join(f'{key}="{value}"' for key, value in stated.items())
    with pytest.raises(DrawingError, match=why):
        rendered(f"<svg {SPACES} {written}/>".encode(), Drawings())
