"""The process that renders drawings: SVG comes in on stdin, PNG goes out on stdout.

Started by `curate.drawings`. Its memory is limited, so is its processor time, drawing by
drawing, and once it is ready it can open neither file nor socket, whatever a drawing asks of the
renderer (resvg, which has no switch for that and would read files). What the renderer gets to see
has no DOCTYPE and no entity any more, and refers to nothing but itself: no element keeps an `href`
but one to a part of the drawing or to pixels that it brings along. Style sheets may name what they
like, for the renderer fetches nothing for them. No font is loaded: text is not drawn.
"""

import codecs
import io
import math
import os
import re
import resource
import signal
import struct
import sys
import time
import xml.sax
from collections.abc import Mapping
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesImpl

# bytes of the drawing, longest side, most that entities add, seconds
REQUEST = struct.Struct("!IIId")
ANSWER = struct.Struct("!?I")  # whether it is a picture, bytes of the picture or of why not
MEMORY = 1 << 30  # bytes of address space
_DPI = 96.0  # dots per inch, CSS's own: drawings may state their size in pt or mm
_UNITS = {"px": 1.0, "em": 16.0, "ex": 8.0, "in": _DPI, "cm": _DPI / 2.54, "mm": _DPI / 25.4}
_UNITS |= {"pt": _DPI / 72, "pc": _DPI / 6}  # pixels
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LENGTH = re.compile(rf"({_NUMBER.pattern})({'|'.join(_UNITS)}|%|)")
_OWN = re.compile(r"\s*(?:#|data:image/(?:png|jpe?g|gif|webp)[;,])")  # an href that is kept
_ENCODINGS = (*(f"cp125{n}" for n in range(3)), "iso8859-2", "iso8859-15", "koi8-r")  # beside XML's
_DEEPEST = 200  # elements inside one another; the renderer's stack holds some more
_THINNEST = 100  # times that one side may be the other
_FIRST = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path d="M0 0H1"/></svg>'


class Cleaned(ContentHandler):
    """A drawing's elements, written anew as they are parsed.

    Args:
        most: characters that may be written, so that entities do not make much of little.

    Raises:
        ValueError: it is longer or nested deeper than is allowed.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.root: Mapping[str, str] = {}  # attributes of the outermost element
        self._most = most
        self._depth = 0
        self._text = io.StringIO()

    def text(self) -> str:
        """All that was written."""
        return self._text.getvalue()

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        """Write a tag without what leads out of the drawing."""
        if not self._depth:
            self.root = dict(attrs.items())
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} elements inside one another")
        kept = ((key, value) for key, value in attrs.items() if _stays(key, value))
        self._write(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in kept)}>")

    def endElement(self, name: str) -> None:  # noqa: N802
        """Write a closing tag."""
        self._depth -= 1
        self._write(f"</{name}>")

    def characters(self, content: str) -> None:
        """Write text."""
        self._write(escape(content))

    def _write(self, piece: str) -> None:
        if self._text.tell() + len(piece) > self._most:
            raise ValueError(f"its entities make it longer than {self._most} characters")
        self._text.write(piece)


def size(root: Mapping[str, str]) -> tuple[float, float]:
    """Width and height (CSS pixels) that a drawing states, as the renderer reads them.

    Args:
        root: attributes of its outermost element.

    Raises:
        ValueError: it states none, or one that no picture has.
    """
    box = [_NUMBER.fullmatch(n) for n in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    whole = [float(n[0]) for n in box[2:] if n] if len(box) == 4 and all(box) else []
    if whole and min(whole) <= 0:
        whole = []
    sides = []
    for place, name in enumerate(("width", "height")):
        found = _LENGTH.fullmatch(root.get(name, "").strip())
        number, unit = (float(found[1]), found[2] or "px") if found else (100.0, "%")
        if unit == "%" and not whole:
            raise ValueError(f"neither {name} nor viewBox says how large it is")
        sides.append(number * (whole[place] / 100 if unit == "%" else _UNITS[unit]))
    width, height = sides
    if not 0 < min(sides) <= max(sides) < math.inf:
        raise ValueError(f"{width:g} x {height:g} pixels are no size")
    if max(sides) > _THINNEST * min(sides):
        raise ValueError(f"{width:g} x {height:g}: a side is more than {_THINNEST} times the other")
    return width, height


def drawn(data: bytes, side: int, most: int) -> bytes:
    """Encoded PNG of a drawing.

    Args:
        data: the drawing.
        side: of the picture, the longest, in pixels.
        most: characters that its entities may add.

    Raises:
        ValueError: it is none, or one that cannot be rendered.
        xml.sax.SAXException: it is no well-formed XML.
    """
    import resvg_py

    cleaned = Cleaned(len(data) + most)
    xml.sax.parseString(data, cleaned)
    width, height = size(cleaned.root)
    wide, high = (side, None), (None, side)
    for across, down in (wide, high) if height <= width else (high, wide):
        picture: bytes = resvg_py.svg_to_bytes(
            svg_string=cleaned.text(), width=across, height=down, dpi=_DPI, skip_system_fonts=True
        )
        if max(struct.unpack("!II", picture[16:24])) <= side:  # of a PNG's header
            break
    return picture


def main() -> None:
    """Answer drawings until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides
    drawn(_FIRST, 8, 1000)  # loads what it takes
    for name in _ENCODINGS:
        codecs.lookup(name)
    confine()
    while header := sys.stdin.buffer.read(REQUEST.size):
        length, side, most, seconds = REQUEST.unpack(header)
        fine, body = _answer(sys.stdin.buffer.read(length), side, most, seconds)
        sys.stdout.buffer.write(ANSWER.pack(fine, len(body)) + body)
        sys.stdout.buffer.flush()


def confine() -> None:
    """Limit this process's memory; from now on it opens no file and no socket."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = value if hard < 0 else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _answer(data: bytes, side: int, most: int, seconds: float) -> tuple[bool, bytes]:
    """Whether a drawing could be rendered, and its picture or why not."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))
    try:
        return True, drawn(data, side, most)
    except xml.sax.SAXParseException as error:
        return False, f"line {error.getLineNumber()}: {error.getMessage()}".encode()
    except MemoryError:
        os.abort()
    except OSError:  # Python would read a file of its own
        return False, b"it is written in an encoding that is not known"
    except BaseException as error:  # a panic of the renderer is no Exception
        return False, (str(error) or type(error).__name__).encode(errors="replace")
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def _stays(key: str, value: str) -> bool:
    return key.rpartition(":")[2] != "href" or bool(_OWN.match(value))
