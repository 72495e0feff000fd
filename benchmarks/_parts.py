"""A folder of parts in; each measured, and its table and figures printed, out."""

import argparse
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks import _cost
from curate.stage import plugin


class Measured(NamedTuple):
    """What a part found: a table of its runs, and the figures of README by name."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    ratios: Mapping[str, Mapping[str, float]]  # as `_cost.ratios` gives them


def run(name: str, about: str, package: str) -> None:
    """Read the command line, measure the parts that are asked for, print what they found.

    Args:
        name: of the benchmark.
        about: its sentence for `--help`.
        package: of the parts, each with `measure(repeats: int) -> Measured`.
    """
    known = plugin.names(package)
    parser = argparse.ArgumentParser(prog=f"make bench NAME={name}", description=about)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or of: {', '.join(known)}")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    asked = parser.parse_args()
    found: dict[str, Mapping[str, float]] = {}
    for part_name in asked.parts or known:
        part = plugin.load(package, part_name)
        print(f"{part_name}: {str(part.__doc__).partition(chr(10))[0]}", flush=True)
        measured = part.measure(asked.repeats)
        print(_cost.table(measured.headings, measured.rows), end="\n\n", flush=True)
        found.update(measured.ratios)
    print(_cost.last_line(found))
