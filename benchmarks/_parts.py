"""A folder of parts in; each measured, and its table and figures printed, out."""

import argparse
import inspect
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from benchmarks import _cost
from curate.stage import plugin


class Measured(NamedTuple):
    """What a part found: a table of its runs, and its figures by name."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    ratios: Mapping[str, Mapping[str, float]]  # as `_cost.ratios` gives them


def run(
    name: str,
    about: str,
    package: str,
    numbers: Mapping[str, str] = MappingProxyType({}),
    repeats: int = 3,
) -> None:
    """Read the command line, measure the parts that are asked for, print what they found.

    Args:
        name: of the benchmark.
        about: its sentence for `--help`.
        package: of the parts, each with `measure(repeats: int) -> Measured`.
        numbers: flags that some parts take as further arguments, and what they say.
        repeats: runs of each side where none are asked for.
    """
    known = plugin.names(package)
    parser = argparse.ArgumentParser(prog=f"make bench NAME={name}", description=about)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or of: {', '.join(known)}")
    parser.add_argument("--repeats", type=int, default=repeats, help="runs of each side")
    for flag, told in numbers.items():
        parser.add_argument(f"--{flag}", type=float, default=0.0, help=told)
    asked = parser.parse_args()
    found: dict[str, Mapping[str, float]] = {}
    for part_name in asked.parts or known:
        part = plugin.load(package, part_name)
        print(f"{part_name}: {str(part.__doc__).partition(chr(10))[0]}", flush=True)
        own = inspect.signature(part.measure).parameters
        before = os.getloadavg()[0]
        measured = part.measure(
            asked.repeats, **{n: getattr(asked, n) for n in numbers if n in own}
        )
        print(f"load of the machine {before:.1f} before, {os.getloadavg()[0]:.1f} after")
        print(_cost.table(measured.headings, measured.rows), end="\n\n", flush=True)
        found.update(measured.ratios)
    print(_cost.last_line(found))
