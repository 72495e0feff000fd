"""Faults in every stage of a small project: what was survived out, as a table and a line of JSON.

    python -m tests.faults [--faults 200] [--seed 0] [--stages crawl score@clip]

Each fault strikes a stage in a copy of its own: it is killed at a random moment, its disk fills, a
file that it reads is damaged, the network goes, or it is started twice. It is survived if the next
run, on mended inputs, gives every byte of an undisturbed one.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.stage import markdown
from tests import _whole
from tests._faults.site import Server, site
from tests._faults.stage import Stage, stages
from tests._faults.strikes import STRIKES
from tests._faults.trial import Outcome, known, trial

_IN_VAIN = 3  # times that a fault may fail to strike a stage, until another is taken


def main() -> None:
    """Read the command line, strike, print what was survived; status 1 if not all was."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--faults", type=int, default=200, help="that strike, in all")
    parser.add_argument("--seed", type=int, default=0, help="of what strikes when and where")
    parser.add_argument("--stages", nargs="*", help="all, or these, e.g. crawl score@clip")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with site(folder / "site") as (server, url):
            print("faults: making a small project", file=sys.stderr)
            project = _whole.finished(folder / "project", url)
            wanted = [s for s in stages(project) if not asked.stages or s.name in asked.stages]
            if not wanted:
                there = ", ".join(stage.name for stage in stages(project))
                sys.exit(f"faults: there is none of {', '.join(asked.stages)}; known: {there}")
            draw = random.Random(asked.seed)
            found = list(outcomes(project, wanted, asked.faults, draw, server, folder / "struck"))
    print("\n".join(table(found)))
    survived = sum(one.survived for one in found)
    unclear = sum(not one.clear for one in found)
    print(json.dumps({"tried": len(found), "survived": survived, "unclear": unclear}))
    sys.exit(survived < len(found))


def outcomes(
    project: Path,
    wanted: Sequence[Stage],
    count: int,
    draw: random.Random,
    server: Server,
    folder: Path,
) -> Iterator[Outcome]:
    """What comes of so many faults; every stage is struck before one is struck again.

    Args:
        project: finished; it stays as it is.
        wanted: stages that are struck.
        count: faults.
        draw: decides when and where.
        server: the web site that the project crawls.
        folder: for copies of the project; not there.
    """
    undisturbed = {}
    left: list[tuple[Stage, str]] = []
    tried = vain = 0
    while tried < count and vain < _IN_VAIN * len(wanted) * len(STRIKES):
        if not left:
            left = _order(wanted, draw)
        stage, fault = left.pop()
        if stage.name not in undisturbed:
            undisturbed[stage.name] = known(project, stage, server, folder)
        outcome = trial(project, stage, fault, undisturbed[stage.name], draw, server, folder)
        if outcome is None:
            vain += 1
            continue
        tried += 1
        sign = "survived" if outcome.survived else "NOT SURVIVED"
        why = f": {outcome.why}" if outcome.why else ""
        line = f"{tried}/{count} {stage.name}: {fault}, {outcome.what}: {sign}{why}"
        print(f"faults: {line}", file=sys.stderr, flush=True)
        yield outcome


def _order(wanted: Sequence[Stage], draw: random.Random) -> list[tuple[Stage, str]]:
    """Every stage with every fault, those of one fault spread over the stages."""
    faults, rounds = list(STRIKES), []
    order = draw.sample(wanted, len(wanted))
    for shift in range(len(faults)):
        rounds += [
            (stage, faults[(number + shift) % len(faults)]) for number, stage in enumerate(order)
        ]
    return rounds[::-1]


def table(found: Sequence[Outcome]) -> list[str]:
    """Lines of a table: stage x fault, survived of tried."""
    tried = Counter((one.stage, one.fault) for one in found)
    survived = Counter((one.stage, one.fault) for one in found if one.survived)
    rows = []
    for stage in sorted({one.stage for one in found}):
        cells = [
            f"{survived[stage, fault]} of {tried[stage, fault]}" if tried[stage, fault] else ""
            for fault in STRIKES
        ]
        rows.append([stage, *cells])
    return markdown.table(["stage", *(fault.replace("_", " ") for fault in STRIKES)], rows)


if __name__ == "__main__":
    main()
