"""A command in, what it cost out; and from costs of two sides the ratios of them."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOOKS = 0.2  # seconds between looks at the memory
_SAID = 4000  # characters of a failed command's output that are shown


@dataclass(frozen=True)
class Cost:
    """What a command and all processes that it started took."""

    cpu: float  # seconds, user and system
    wall: float  # seconds
    memory: float  # MB at the peak, pages that processes share counted once
    said: str  # what it printed


def measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; shows what it printed last.
    """
    with tempfile.TemporaryFile("w+") as output:
        start, peak = time.perf_counter(), 0.0
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)  # with all that it waited for
            if pid:
                break
            peak = max(peak, _held(process.pid))
            time.sleep(_LOOKS)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said[-_SAID:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak, said)


def _held(pid: int) -> float:
    """MB that a process and its descendants hold: their proportional set sizes."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    for process in family:
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total += int(rollup.partition("\nPss:")[2].split()[0])
        except (OSError, IndexError):  # it has ended
            continue
    return total / 1024


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Ours over theirs, run by run: median, min, max and number of runs."""
    each = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "median": round(statistics.median(each), 3),
        "min": round(min(each), 3),
        "max": round(max(each), 3),
        "n": len(each),
    }


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns of text, numbers with one decimal."""
    texts = [[f"{v:.1f}" if isinstance(v, float) else str(v) for v in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *texts, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (headings, ["-" * width for width in widths], *texts)
    ]
    return "\n".join(lines)


def last_line(found: Mapping[str, Mapping[str, float]]) -> str:
    """The ratios as one line of JSON, which ends a benchmark's output."""
    return json.dumps(found, sort_keys=True)
