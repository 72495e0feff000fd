"""Hostile drawings: each is refused or rendered, in bounded time and memory, and no worker ends.

They are rendered one after another as a worker does, by a process of its own for the whole file,
so that what its renderers took can be told.
"""

import base64
import json
import struct
import subprocess
import sys
import zlib

import pytest

from curate import renderer
from curate.drawings import is_drawing

SECONDS = 1  # of the processor, for one drawing
MOST = 3  # seconds of the processor that one may cost all in all: a limit is of whole seconds
RENDERED = """
import json, resource, sys
from pathlib import Path
from curate import drawings
from curate.dataset.errors import DrawingError

PLAIN = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0H9"/></svg>'
params = drawings.Drawings(seconds=int(sys.argv[2]))
plain = drawings.rendered(PLAIN, params)
for file in sorted(Path(sys.argv[1]).iterdir()):
    try:
        said = len(drawings.rendered(file.read_bytes(), params))
    except DrawingError as error:
        said = str(error)
    print(json.dumps([file.name, said]), flush=True)
    assert drawings.rendered(PLAIN, params) == plain
drawings._end()
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps(["", [spent.ru_utime + spent.ru_stime, spent.ru_maxrss * 1024]]))
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="{}" height="{}">{}</svg>'
)
FILLED = '<rect width="48" height="48" {}/>'


def drawing(body, width=48, height=48, head=""):
    return (head + SVG.format(width, height, body)).encode()


def chunk(kind, body):
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def nested(kind, reference, count, layer):
    """Definitions each of which uses the one after it twice, and what uses the first."""
    parts = (
        f'<{kind} id="n{n}" {layer}>{FILLED.format(reference.format(n + 1)) * 2}</{kind}>'
        for n in range(count)
    )
    return "".join(parts) + FILLED.format(reference.format(0))


def hostile():
    """Name -> (drawing, whether it must be refused)."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<!DOCTYPE svg [<!ENTITY a0 "<path/>">{laughs}]>'
    quadratic = f'<!DOCTYPE svg [<!ENTITY a "{"x" * 50_000}">]>'
    loop = '<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'
    uses = "".join(
        f'<g id="g{n}">{f"""<use xlink:href="#g{n - 1}"/>""" * 10}</g>' for n in range(1, 12)
    )
    seen = FILLED.format('filter="url(#f)"')
    noise = '<feTurbulence baseFrequency="0.9" numOctaves="1000000"/>' * 100
    place = 'x="-1e6" y="-1e6" width="1e7" height="1e7"'
    blur = '<feGaussianBlur stdDeviation="1e6"/>'
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0))
    picture = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    held = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    layer = 'width="2" height="2" patternUnits="userSpaceOnUse"'
    chain = "".join(f'<linearGradient id="g{n}" xlink:href="#g{n + 1}"/>' for n in range(9_000))
    return {
        "billion-laughs": (drawing("&a11;", head=laughs), True),
        "quadratic-entities": (drawing(f"<text>{'&a;' * 2000}</text>", head=quadratic), True),
        "endless-entities": (drawing("&a;", head=loop), True),
        "uses": (drawing(f'<path id="g0"/>{uses}<use xlink:href="#g11"/>'), True),
        "endless-uses": (drawing('<g id="a"><g><use xlink:href="#a"/></g></g>'), False),
        "blur": (drawing(f'<filter id="f" {place}>{blur}</filter>{seen}'), False),
        "noise": (drawing(f'<filter id="f">{noise}</filter>{seen}'), True),
        "morphology": (
            drawing(f'<filter id="f"><feMorphology radius="1e6"/></filter>{seen}'),
            True,
        ),
        "patterns": (drawing(nested("pattern", 'fill="url(#n{})"', 30, layer)), True),
        "masks": (drawing(nested("mask", 'mask="url(#n{})"', 40, "")), True),
        "clips": (drawing(nested("clipPath", 'clip-path="url(#n{})"', 40, "")), True),
        "gradients": (drawing(chain + FILLED.format('fill="url(#g0)"')), False),
        "endless-gradients": (
            drawing(
                '<linearGradient id="a" xlink:href="#b"/><linearGradient id="b" xlink:href="#a"/>'
                + FILLED.format('fill="url(#a)"')
            ),
            False,
        ),
        "groups": (drawing('<g opacity="0.9">' * 150 + seen + "</g>" * 150), False),
        "deep": (drawing('<g opacity="0.9">' * 5_000 + "</g>" * 5_000), True),
        "giant": (drawing(FILLED.format(""), "1e30", "1e30"), False),
        "giant-thin": (drawing(FILLED.format(""), 1, 100_000), True),
        "endless": (drawing(FILLED.format(""), "1e999", "1e999"), True),
        "dashes": (
            drawing('<path d="M0 0L1e9 1e9" stroke="red" stroke-dasharray="0.0001"/>'),
            False,
        ),
        "path": (
            drawing(f'<path d="M0 0{" L1 1 L47 3" * 300_000}" stroke="red" stroke-width="9"/>'),
            True,
        ),
        "picture": (drawing(f'<image width="48" height="48" xlink:href="{held}"/>'), True),
        "cut": (drawing(FILLED.format(""))[:-9], True),
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Name -> length of the picture, or why there is none; of "" what all took."""
    folder = tmp_path_factory.mktemp("drawings")
    for name, (data, _) in hostile().items():
        (folder / name).write_bytes(data)
    command = [sys.executable, "-c", RENDERED, str(folder), str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return dict(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_drawing_is_refused_or_rendered(found, name):
    data, refused = hostile()[name]
    assert is_drawing(data)
    assert isinstance(found[name], str if refused else int), found[name]


def test_hostile_drawings_cost_bounded_time_and_memory(found):
    seconds, most = found[""]
    assert seconds < MOST * len(hostile())
    assert most < renderer.MEMORY
