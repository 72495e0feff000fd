"""A reader's name in; what a process of its own found in some seconds of fuzzing, out.

The process is watched from here: one that an input ends by a signal, that reads an input for too
long or needs too much memory for one is a finding, its input is kept, and another goes on.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from tests._fuzz import notes

READERS = Path(__file__).parent / "readers"
SLICE = 150.0  # seconds after which another process goes on: what the library holds is let go
HANG = 20.0  # seconds of the processor for one input
_START = 120.0  # seconds of the processor until the first input
_BLOCKED = 120.0  # seconds of the clock for one input, if it then waits for somebody else
_LAST_WORDS = 5.0  # seconds
MEMORY = 3 << 30  # bytes of resident memory, in all
LEAK = 2048  # bytes that an input may cost for ever: less is lost in the noise of allocators
_CONFIRMED = 20.0  # seconds in which a growth is looked at again
_TRIES = 5  # processes that an input may end
_EVERY = 0.05  # seconds between two looks


class Outcome(NamedTuple):
    """What came of fuzzing a reader."""

    reader: str
    seconds: float
    inputs: int
    corpus: int  # files
    crashes: int  # kinds of errors that are no refusals, and signals
    hangs: int
    growth: int | None  # bytes for each input, at most; None: too little time to tell

    @property
    def found(self) -> int:
        """Findings in all."""
        return self.crashes + self.hangs + ((self.growth or 0) > LEAK)


def names() -> list[str]:
    """The readers that there are."""
    return sorted(file.stem for file in READERS.glob("[a-z]*.py"))


def trial(reader: str, folder: Path, seconds: float, draw: random.Random) -> Outcome:
    """Fuzz a reader.

    Args:
        reader: one of `names`.
        folder: of its corpus and findings; they are added to.
        seconds: of the clock, from the first input on, in all.
        draw: seeds the processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left, inputs, ended = seconds, 0, 0
    growths: list[int] = []
    while left > 0 and ended < _TRIES:
        some = min(left, SLICE)
        took, read, fault = _process(reader, folder, some, str(draw.randrange(1, 1 << 31)))
        inputs += read
        left -= max(took, some if fault is None else 0.0)
        if fault is not None:
            ended += 1
            _keep(folder, f"{fault}-{ended}")
        growths += _growth(folder)
    if max(growths, default=0) > LEAK:  # or is it atheris that grows?
        _process(reader, folder, _CONFIRMED, "again")
        growths = _growth(folder)
    found = [file for file in (folder / "found").glob("*") if file.suffix != ".txt"]
    hangs = sum(file.name.startswith("hang") for file in found)
    return Outcome(
        reader=reader,
        seconds=seconds - max(0.0, left),
        inputs=inputs,
        corpus=sum(1 for _ in (folder / "corpus").glob("*")),
        crashes=len(found) - hangs,
        hangs=hangs,
        growth=max(growths, default=None),
    )


def _process(reader: str, folder: Path, seconds: float, seed: int) -> tuple[float, int, str | None]:
    """Seconds that one process fuzzed, inputs it read, and how an input ended it, if one did."""
    for name in ("notes", "growth"):
        (folder / name).unlink(missing_ok=True)
    arguments = (reader, str(folder.resolve()), str(seconds), seed)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests._fuzz.child", *arguments],
            stdout=said,
            stderr=said,
            cwd=Path(__file__).parents[2],
            env={**os.environ, **_environment(folder)},
        )
        try:
            began, fault = _watched(process, folder / "notes")
        finally:
            process.kill()  # where this one is ended itself
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    note = notes.look(folder / "notes")
    if fault is None and process.returncode != 0:
        if note.begun == note.ended:
            told = (folder / "said").read_text(errors="replace")
            raise RuntimeError(f"the fuzzer of {reader} fails by itself:\n{told[-4000:]}")
        fault = f"signal{-process.returncode}" if process.returncode < 0 else "exit"
    return time.monotonic() - began, note.ended, fault


def _growth(folder: Path) -> list[int]:
    """What a process told of its memory's growth, if it had time for it."""
    file = folder / "growth"
    return [int(told)] if file.exists() and (told := file.read_text()) else []


def _environment(folder: Path) -> dict[str, str]:
    """Variables of a process that fuzzes: its temporary files lie in a folder that is made."""
    place = folder / "tmp"
    place.mkdir(exist_ok=True)
    alone = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**alone, "TMPDIR": str(place.resolve())}


def _watched(process: "subprocess.Popen[bytes]", file: Path) -> tuple[float, str | None]:
    """When the first input came, and why the process was killed, if it was."""
    watched = psutil.Process(process.pid)
    began = since = time.monotonic()
    before, busy, first = 0, 0.0, True
    while process.poll() is None:
        time.sleep(_EVERY)
        try:
            cpu, held = sum(watched.cpu_times()[:2]), watched.memory_info().rss
            asleep = watched.status() == psutil.STATUS_SLEEPING
        except psutil.Error:  # it ends
            continue
        now, note = time.monotonic(), notes.look(file)
        spent, waited = cpu - busy, now - since
        if note.begun != before or (note.begun == note.ended and note.begun):
            began, first = (now if first else began), False
            before, busy, since = note.begun, cpu, now
        elif spent > (_START if first else HANG) or (waited > _BLOCKED and asleep):
            return began, _killed(process, "hang")
        if held > MEMORY:
            return began, _killed(process, "memory")
    return began, None


def _killed(process: "subprocess.Popen[bytes]", why: str) -> str:
    """End a process, which says where it was, and say why."""
    process.send_signal(signal.SIGABRT)
    try:
        process.wait(_LAST_WORDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return why


def _keep(folder: Path, name: str) -> None:
    """Keep the input that ended a process, and what the process said."""
    (folder / "found").mkdir(exist_ok=True)
    (folder / "found" / name).write_bytes(notes.look(folder / "notes").last)
    (folder / "found" / f"{name}.txt").write_bytes((folder / "said").read_bytes()[-20_000:])
