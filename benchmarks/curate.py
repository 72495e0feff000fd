"""Scorers and rules in; what they cost beside their peers, out.

Each file of `benchmarks/_curate` is a part that measures one thing. Printed are a table for each
part, and as the last line the figures of README.
"""

import argparse

from benchmarks import _cost
from curate.stage import plugin

PARTS = "benchmarks._curate"


def main() -> None:
    """Read the command line, measure the parts that are asked for, print what they found."""
    known = plugin.names(PARTS)
    parser = argparse.ArgumentParser(
        prog="make bench NAME=curate", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or of: {', '.join(known)}")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    asked = parser.parse_args()
    found = {}
    for name in asked.parts or known:
        part = plugin.load(PARTS, name)
        print(f"{name}: {str(part.__doc__).partition(chr(10))[0]}", flush=True)
        measured = part.measure(asked.repeats)
        print(_cost.table(measured.headings, measured.rows), end="\n\n", flush=True)
        found.update(measured.ratios)
    print(_cost.last_line(found))


if __name__ == "__main__":
    main()
