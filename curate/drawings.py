"""Drawings (SVG) as pictures: a process of its own renders them, whatever they do to it.

A drawing is told by its content, compressed (SVGZ) or not. It is rendered by `curate.renderer`,
which can open no file and no socket, has limited memory, and is ended where a drawing takes too
long. One such process serves all the drawings of a worker; where it ends another is started.
"""

import atexit
import contextlib
import signal
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Annotated, NoReturn
from xml.parsers import expat

from pydantic import Field

from curate import renderer
from curate.dataset.errors import DrawingError
from curate.stage.params import parameters

Side = Annotated[int, Field(ge=8, le=4096)]
_SVG = ("svg", "http://www.w3.org/2000/svg svg")  # an outermost element, without namespace or with
_GZIP = b"\x1f\x8b"  # what a file compressed by gzip begins with
_PROLOGUE = 1 << 16  # bytes in which a drawing says that it is one
_START = "import sys; sys.path.append(sys.argv[1]); from curate.renderer import main; main()"
_BY_THE_CLOCK = 6  # times the seconds of the processor; machines are shared


@parameters
class Drawings:
    """How drawings become pictures, and what one may take."""

    side: Side = 256  # pixels, longest side of the picture
    # of a drawing, and what its entities may add
    max_bytes: Annotated[int, Field(ge=1, le=1_000_000_000)] = 5_000_000
    seconds: Annotated[float, Field(gt=0)] = 10.0  # of the processor; six times that by the clock


class _Told(Exception):  # noqa: N818
    """Enough of a document was parsed; says whether it is a drawing."""


class _Renderer:
    """A process that renders one drawing at a time; it ends when nobody holds its pipes."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", _START, str(Path(renderer.__file__).parents[1])]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)
        self.used = False
        self._late = False

    def ask(self, data: bytes, params: Drawings) -> tuple[bool, bytes] | None:
        """Whether a drawing could be rendered, its picture or why not; None where it ended this."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.used = True
        clock = threading.Timer(params.seconds * _BY_THE_CLOCK, self._end_late)
        clock.start()
        try:
            numbers = (len(data), params.side, params.max_bytes, params.seconds)
            self._process.stdin.write(renderer.REQUEST.pack(*numbers) + data)
            self._process.stdin.flush()
            header = self._process.stdout.read(renderer.ANSWER.size)
            if len(header) == renderer.ANSWER.size:
                fine, length = renderer.ANSWER.unpack(header)
                body = self._process.stdout.read(length)
                if len(body) == length:
                    return fine, body
        except BrokenPipeError:
            pass
        finally:
            clock.cancel()
            clock.join()
        return None

    def why(self, params: Drawings) -> str | None:
        """Why it ended, if that is the drawing's fault and no other process would do better.

        Raises:
            RuntimeError: it could not be started.
        """
        self.end()
        code = self._process.returncode
        if self._late:
            return f"it takes more than {params.seconds * _BY_THE_CLOCK:g} seconds"
        if code == -signal.SIGXCPU:
            return f"it takes more than {params.seconds:g} seconds of the processor"
        if code > 0:
            raise RuntimeError(f"{renderer.__name__} ends with {code}: is resvg-py installed?")
        return None

    def end(self) -> None:
        """End it, if it has not ended itself, and wait for that."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):  # of what was still to be written
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def _end_late(self) -> None:
        self._late = True
        self._process.kill()


_lock = threading.Lock()
_idle: list[_Renderer] = []  # none or one


def is_drawing(data: bytes) -> bool:
    """Whether a file is SVG by its content: its DOCTYPE or else its first element says so."""

    def started(name: str, *_: object) -> NoReturn:
        raise _Told(name in _SVG)

    def declared(name: str, *_: object) -> NoReturn:  # what entities follow is not looked at
        raise _Told(name.rpartition(":")[2] == "svg")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = started, declared
    try:
        parser.Parse(_unpacked(data, _PROLOGUE)[:_PROLOGUE], False)
    except _Told as told:
        return bool(told.args[0])
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return False


def picture(data: bytes, params: Drawings) -> bytes:
    """A picture's file: the file itself or, of a drawing, a PNG that shows it.

    Raises:
        DrawingError: as `rendered`.
    """
    return rendered(data, params) if is_drawing(data) else data


def rendered(data: bytes, params: Drawings) -> bytes:
    """Encoded PNG of a drawing, its longest side as asked for, transparent where nothing is drawn.

    What it refers to outside of itself is left out.

    Raises:
        DrawingError: it is broken, or takes more than is allowed.
    """
    data = _unpacked(data, params.max_bytes + 1)
    if len(data) > params.max_bytes:
        raise DrawingError(f"{len(data)} bytes, more than {params.max_bytes}")
    with _lock:
        fine, body = _asked(data, params)
    if not fine:
        raise DrawingError(body.decode())
    return body


def _unpacked(data: bytes, most: int) -> bytes:
    """What a file compressed by gzip begins with, so many bytes at most; another file as it is."""
    if not data.startswith(_GZIP):
        return data
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, most)
    except zlib.error:
        return data


def _asked(data: bytes, params: Drawings) -> tuple[bool, bytes]:
    """What a renderer says; one that was used before may have ended for what it did before."""
    while True:
        asked = _idle.pop() if _idle else _Renderer()
        used = asked.used
        if (answer := asked.ask(data, params)) is not None:
            _idle.append(asked)
            return answer
        why = asked.why(params)
        if why or not used:
            megabytes = renderer.MEMORY >> 20
            ended = f"it ends its renderer: it takes more than {megabytes} MB or is too intricate"
            raise DrawingError(why or ended)


@atexit.register
def _end() -> None:
    while _idle:
        _idle.pop().end()
