"""A reader's name in; its corpus read again and again, then widened by atheris, in this process.

    python -m tests._fuzz.child READER FOLDER SECONDS SEED|again

The folder has `corpus/` (one input a file; the reader's own seeds join it) and gets `found/`: of
each error that is no refusal, told apart by its type and place, one input and its traceback. Its
files `notes` and `growth` tell the process that watches this one how far it is, and by how many
bytes of memory the corpus, read once more, made it grow. With `again` for a seed the corpus is read
again and nothing else is done, without atheris, which itself may take memory.
"""

import functools
import gc
import hashlib
import importlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from scipy.stats import theilslopes

from tests._fuzz.notes import LONGEST, Notes

INSTRUMENTED = ["curate", "augment", "align", "train", "protego", "yaml", "ftfy", "tarfile"]
_AGAIN = 0.3  # share of the time in which the corpus is read again and again
_PASSES = 40  # of it, at most,
_READ = 200  # and inputs that are read again, at most
_OURS = tuple(f"/{name}/" for name in ("curate", "augment", "align", "train"))


def main() -> None:
    """Fuzz one reader for some seconds; ends with status 0 unless an input ends it."""
    name, place, seconds, seed = sys.argv[1:]
    folder, module = Path(place), f"tests._fuzz.readers.{name}"
    if seed == "again":
        one = _reading(importlib.import_module(module), folder)
        _told(folder, _again(one, folder / "corpus", float(seconds)))
        return
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        reader = importlib.import_module(module)
        one = _reading(reader, folder)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for data in reader.seeds():
        assert len(data) <= LONGEST, f"a seed of {len(data)} bytes"
        (corpus / hashlib.sha256(data).hexdigest()[:40]).write_bytes(data)
    begun = time.monotonic()
    _told(folder, _again(one, corpus, float(seconds) * _AGAIN))
    left = max(1, round(float(seconds) - (time.monotonic() - begun)))
    flags = [f"-max_total_time={left}", f"-max_len={LONGEST}", f"-seed={seed}", "-rss_limit_mb=0"]
    flags += ["-timeout=86400", f"-artifact_prefix={folder}/"]  # whoever watches knows it sooner
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one)
    atheris.Fuzz()


def _reading(reader: Any, folder: Path) -> Callable[[bytes], None]:
    """What reads one input."""
    from curate.dataset.errors import PairwrightError  # instrumented, where others are

    notes = Notes(folder / "notes")
    return functools.partial(_one, reader.read, PairwrightError, notes, folder)


def _told(folder: Path, growth: int | None) -> None:
    (folder / "growth").write_text("" if growth is None else str(growth))


def _one(
    read: Callable[[bytes], object],
    refusal: type[Exception],
    notes: Notes,
    folder: Path,
    data: bytes,
) -> None:
    """Read an input; keep it if the reader neither takes nor refuses it."""
    notes.begin(data)
    try:
        read(data)
    except refusal as error:
        try:
            str(error).encode()  # it is to be written into a table
        except UnicodeError as unwritable:
            _keep(folder, data, unwritable)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of Rust's is no Exception
        _keep(folder, data, error)
    notes.end()


def _keep(folder: Path, data: bytes, error: BaseException) -> None:
    """Keep an input and the traceback, unless one of the same type and place is there."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(part in frame.filename for part in _OURS)]
    at = (ours or frames)[-1]
    name = f"{type(error).__name__}-{Path(at.filename).stem}-{at.lineno}"
    file = folder / "found" / name
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        told = "".join(traceback.format_exception(error, limit=-12))
        file.with_suffix(".txt").write_text(told, encoding="utf-8", errors="backslashreplace")


def _again(one: Callable[[bytes], None], corpus: Path, seconds: float) -> int | None:
    """Bytes that an input costs for ever: how the memory grows over passes through it (Theil-Sen).

    Of a large corpus a part is read, and once in any case. None where there was no time for more.
    """
    inputs = [file.read_bytes() for file in sorted(corpus.iterdir())]
    inputs = random.Random(0).sample(inputs, min(_READ, len(inputs)))
    held = list(_passes(one, inputs, time.monotonic() + seconds))
    if len(held) < 3:
        return None
    return max(0, round(theilslopes(held[1:]).slope / len(inputs)))


def _passes(one: Callable[[bytes], None], inputs: list[bytes], end: float) -> Iterator[int]:
    """Resident memory (bytes) after each pass."""
    process = psutil.Process()
    for number in range(_PASSES):
        for data in inputs:
            if number and time.monotonic() > end:
                return
            one(data)
        gc.collect()
        yield process.memory_info().rss


if __name__ == "__main__":
    main()
