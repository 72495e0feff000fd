"""Bytes without end for every reader of data: what they did to it, as a table and a line of JSON.

    python -m tests.fuzz [--seconds 60] [--seed 0] [--readers pages tables] [--folder FOLDER]

Each reader (`tests/_fuzz/readers`) runs in a process of its own, guided by atheris to inputs that
reach new code, from a corpus of small real files. It must read an input or refuse it as
`curate.dataset.errors` says. Found is whatever else it does: another error, a signal, an input
that takes too long, memory that does not come back. Corpora stay and grow from run to run; what
was found lies beside them, each input with its traceback, and is counted until it is removed.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.stage import markdown
from tests._fuzz.trial import LEAK, Outcome, names, trial

_HEAD = ("reader", "seconds", "inputs", "corpus", "crashes", "hangs", "growth")


def main() -> None:
    """Read the command line, fuzz, print what was found; status 1 if anything was."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for each reader")
    parser.add_argument("--seed", type=int, default=0, help="of what is tried")
    parser.add_argument("--readers", nargs="*", help=f"all, or some of {', '.join(names())}")
    parser.add_argument("--folder", type=Path, default=Path(".pairwright/fuzz"), help="of corpora")
    asked = parser.parse_args()
    if unknown := {*(asked.readers or ())} - {*names()}:
        sys.exit(f"fuzz: there is no {', '.join(sorted(unknown))}; known: {', '.join(names())}")
    found = list(outcomes(asked.readers or names(), asked.folder, asked.seconds, asked.seed))
    print("\n".join(table(found)))
    inputs, bad = sum(one.inputs for one in found), sum(one.found for one in found)
    print(json.dumps({"readers": len(found), "inputs": inputs, "found": bad}))
    sys.exit(bad > 0)


def outcomes(readers: Sequence[str], folder: Path, seconds: float, seed: int) -> Iterator[Outcome]:
    """What comes of fuzzing some readers, one after the other.

    Args:
        readers: their names.
        folder: takes a folder for each, with its corpus and what was found.
        seconds: for each.
        seed: of what is tried.
    """
    for reader in readers:
        outcome = trial(reader, folder / reader, seconds, random.Random(f"{seed} {reader}"))
        sign = (
            f"FOUND {outcome.found}, see {folder / reader / 'found'}" if outcome.found else "clean"
        )
        line = f"{reader}: {outcome.inputs:,} inputs in {outcome.seconds:.0f} s: {sign}"
        print(f"fuzz: {line}", file=sys.stderr, flush=True)
        yield outcome


def table(found: Sequence[Outcome]) -> list[str]:
    """Lines of a table: a reader a row; growth in bytes for each input that is read again."""
    rows = []
    for one in found:
        growth = "" if one.growth is None else f"{one.growth}{' LEAK' * (one.growth > LEAK)}"
        counts = (one.inputs, one.corpus, one.crashes, one.hangs)
        rows.append([one.reader, f"{one.seconds:.0f}", *(f"{n:,}" for n in counts), growth])
    return markdown.table(_HEAD, rows)


if __name__ == "__main__":
    main()
