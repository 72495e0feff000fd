"""All that is measured beside another library, run in turn on one machine; a page of results out.

A part, or a benchmark without parts, says in `BESIDE` which of its figures are ours over a peer's,
and which packages the peer is. Each benchmark that has such parts is run with them, and of these
figures `benchmarks/peers.md` is written: what was found, from how many runs, with what versions.
What cannot be measured here is named with its reason. Where only some are asked for, the others
stay as the page has them, if it is of the same machine and versions.
"""

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import os
import pkgutil
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import benchmarks
from benchmarks import _cost
from curate.stage import plugin

PAGE = Path(__file__).with_name("peers.md")
_HEADS = ("Figure", "What it is of", "Peer", "Ours over the peer's", "Runs", "Command", "On")
_OURS = ("torch", "pyarrow", "dask", "pillow", "opencv-python-headless")  # whose version matters
_SAID = 300  # characters of why a benchmark could not be run


class Measures(NamedTuple):
    """A benchmark, or a part of one, that has a peer."""

    benchmark: str
    part: str | None
    module: ModuleType

    def command(self, repeats: int) -> list[str]:
        """What runs it."""
        words = ["-m", f"benchmarks.{self.benchmark}", *([self.part] if self.part else ())]
        return [sys.executable, *words, "--repeats", str(repeats)]

    def peer(self, figure: str) -> str:
        """The packages of a figure's peer, with their versions."""
        return ", ".join(map(_versioned, self.module.BESIDE[figure]))


def main() -> None:
    """Read the command line, run what has peers, write the page."""
    parser = argparse.ArgumentParser(
        prog="make bench NAME=peers", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures; all where none is named")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    rows: list[list[str]] = []
    left: list[tuple[Measures, str]] = []
    found: dict[str, Mapping[str, float]] = {}
    for one in known():
        wanted = [f for f in one.module.BESIDE if not asked.names or f in asked.names]
        if not wanted:
            continue
        print(f"== {' '.join(one.command(asked.repeats)[2:])}", flush=True)
        figures = _run(one.command(asked.repeats))
        if isinstance(figures, str):
            left.append((one, figures))
            print(figures, flush=True)
            continue
        of_peer = {name: figures[name] for name in wanted}
        found |= of_peer
        rows += [_row(one, name, figure) for name, figure in of_peer.items()]
    before = asked.page.read_text(encoding="utf-8") if asked.names and asked.page.is_file() else ""
    asked.page.write_text(page(rows, left, before), encoding="utf-8")
    print(f"written to {asked.page}")
    print(_cost.last_line(found))


def known() -> Iterator[Measures]:
    """Benchmarks and parts that have a peer, by name."""
    for name in sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__)):
        package = f"benchmarks._{name}"
        if name.startswith("_") or name == "peers":
            continue
        parts: Sequence[str | None] = [None]
        if importlib.util.find_spec(package):
            parts = plugin.names(package)
        for part in parts:
            module = importlib.import_module(f"{package}.{part}" if part else f"benchmarks.{name}")
            if hasattr(module, "BESIDE"):
                yield Measures(name, part, module)


def page(
    rows: Sequence[Sequence[str]], left: Sequence[tuple[Measures, str]], before: str = ""
) -> str:
    """The page of results, as Markdown.

    Args:
        rows: cells of `_HEADS`, of figures that were measured.
        left: what could not be, and why.
        before: the page that there was, whose other figures stay.
    """
    table = [f"| {' | '.join(cells)} |" for cells in rows]
    if _machine() in before:
        new = {cells[0] for cells in rows}
        said = [line for line in before.splitlines() if line.startswith("| `")]
        table += [line for line in said if line.split(" | ")[0].removeprefix("| ") not in new]
    lines = [
        "# Side by side with its peers",
        "",
        "Written by `make bench NAME=peers`. Each figure is ours over the peer's, larger is",
        "better: the median of runs of both in turn, and the least and the greatest. CPU seconds",
        "where the name does not end in `_wall`. What a figure is of in full, and what differs",
        "between the sides, is said at the head of the file that measures it.",
        "",
        f"{_machine()}.",
        "",
        f"| {' | '.join(_HEADS)} |",
        f"| {' | '.join(['---'] * len(_HEADS))} |",
        *sorted(table),
    ]
    if left:
        lines += ["", "Not measured:", ""]
        lines += [f"- `{' '.join(one.command(1)[2:-2])}`: {why}" for one, why in left]
    return "\n".join(lines) + "\n"


def _run(command: Sequence[str]) -> Mapping[str, Mapping[str, float]] | str:
    """The figures of a benchmark, or why there are none; what it prints is shown."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    last = said = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last, said = line.strip() or last, (said + line)[-_SAID:]
    if process.wait():
        return last[:_SAID] or said
    return dict(json.loads(last))


def _row(one: Measures, name: str, figure: Mapping[str, float]) -> list[str]:
    told = f"{figure['median']:g} ({figure['min']:g} to {figure['max']:g})"
    about = str(one.module.__doc__).partition("\n")[0]
    command = f"make bench NAME={one.benchmark}" + (f' ARGS="{one.part}"' if one.part else "")
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return [f"`{name}`", about, one.peer(name), told, str(figure["n"]), f"`{command}`", day]


def _versioned(requirement: str) -> str:
    """`name version`, that of the requirement, or of what is installed here."""
    name, _, version = requirement.partition("==")
    return f"{name} {version or importlib.metadata.version(name)}"


def _processor() -> str:
    """Its name, and whether it has the instructions that figures differ most by."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    told = {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    wide = "with" if "avx512f" in told.get("flags", "") else "without"
    return f"{told.get('model name', 'an unknown processor')} {wide} AVX-512"


def _machine() -> str:
    """What it was measured on, and with what versions of what both sides use."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores of {_processor()}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; {', '.join(map(_versioned, _OURS))}"
    )


if __name__ == "__main__":
    main()
