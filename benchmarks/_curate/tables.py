"""Tables of up to a million pairs, without a picture, judged by what compares pairs with pairs.

Minutes instead of the hours that whole pools take (`benchmarks/scale.py`), of what most likely is
not flat. The scorer `duplicates` finds clusters by hash and colours (not by pixels: pictures are
references here). Every rule that compares pairs is asked: shares of the whole and of each source
and language, near-duplicates, MetaCLIP's balance, caps, leaks. Beside them, `split` and
`pairwright what-if`.

    scale_1m_over_10k    CPU seconds a pair of a million over those of 10,000, of all commands
                         together, without what an empty pool costs
    peak_gib_1m          GiB that the command that holds most holds at the peak for a million
"""

import shutil
import sys
from pathlib import Path

import yaml

from benchmarks import _cost
from benchmarks._curate import Measured, _pools
from benchmarks._peer import ROOT

_COUNTS = (100, 10_000, 100_000, 1_000_000)  # the first is what starting costs
_RULES = {
    "size": {"column": "image.shortest_side", "at_least": 24},
    "aspect": {"column": "image.aspect", "between": [1, 6]},
    "blank": {"column": "image.blank", "at_most": 0.98},
    "either": {
        "any_of": {
            "words": {"column": "caption.words", "at_least": 1},
            "sharp": {"column": "image.sharpness", "at_least": 10},
        }
    },
    "leaks": {"exclude_leaks": ["exact", "near"]},
    "language": {"column": "language.support", "at_least": -2.7},
    "best": {"column": "clip.similarity", "top_share": 0.8},
    "source": {"column": "clip.similarity", "top_share": 0.9, "per": "pairs.source"},
    "tongue": {"column": "caption.repetition", "top_share": 0.95, "per": "pairs.lang"},
    "shared": {"shared_by": 6},
    "balance": {"balance": {"entries": "entries", "at_most": 2000}},
    "duplicates": {"near_duplicates": 3, "colours": 4, "order": ["books", "news"]},
    "cap": {"cap": {"by": "pairs.page", "at_most": 5, "order": ["clip.similarity"]}},
    "sample": {"sample": 0.95},
}
_SPLIT = {
    **{"train": 0.9, "validation": 0.05, "test": 0.05},
    **{"distance": 6, "shared_by": 10, "largest_group": 60},
}
_SCORE_POOL = {"duplicates": {"exact": False, "distance": 3, "colours": 4, "order": ["books"]}}
_ASKED = "import typer; from curate.what_if import what_if; typer.run(what_if)"
_COMMANDS = {
    "duplicates": [
        *("-m", "curate.score", "--section", "score_pool", "--name", "duplicates"),
        *("--sets", "data/pool", "--scores", "data/scores", "--out", "duplicates.parquet"),
    ],
    "filter": [
        *("-m", "curate.filter", "--sets", "data/pool"),
        *("--scores", "data/scores", "--out", "decided.parquet"),
    ],
    "split": [
        *("-m", "curate.split", "--pool", "data/pool"),
        *("--phash", "data/scores/phash.parquet", "--out", "split.parquet"),
    ],
    "what-if": ["-c", _ASKED, "-S", "filter.rules.best.top_share=0.7"],
}


def measure(repeats: int) -> Measured:
    """Run each command on each pool as often as asked."""
    costs: dict[tuple[str, int], list[_cost.Cost]] = {
        (name, count): [] for count in _COUNTS for name in _COMMANDS
    }
    for count in _COUNTS:
        folder = ROOT / f"tables/{count}"
        _made(folder, count)
        for _ in range(repeats):
            for name, words in _COMMANDS.items():
                command = ["env", "-C", str(folder), sys.executable, *words]
                costs[name, count].append(_cost.measured(command))
    rows = [
        [name, count, cost.cpu, cost.wall, 1e6 * cost.cpu / count, cost.memory / 1024]
        for (name, count), runs in costs.items()
        for cost in runs
    ]
    started, few, _, most = (
        [
            sum(run.cpu for run in runs)
            for runs in zip(*(costs[c, n] for c in _COMMANDS), strict=True)
        ]
        for n in _COUNTS
    )
    fixed = min(started)
    ratio = _cost.ratios(
        [(cpu - fixed) / _COUNTS[-1] for cpu in most], [(cpu - fixed) / _COUNTS[1] for cpu in few]
    )
    held = zip(*(costs[name, _COUNTS[-1]] for name in _COMMANDS), strict=True)
    peak = [max(cost.memory for cost in runs) / 1024 for runs in held]
    found = {"scale_1m_over_10k": ratio, "peak_gib_1m": _cost.ratios(peak, [1.0] * repeats)}
    headings = ("command", "pairs", "CPU s", "wall s", "CPU us a pair", "GiB")
    return Measured(headings, rows, found)


def _made(folder: Path, count: int) -> None:
    """Write a pool and the params, once."""
    if not (folder / "params.yaml").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"bench: making a pool of {count} pairs in {folder}", file=sys.stderr)
        _pools.write(folder, count)
    sections = {"filter": {"rules": _RULES}, "split": _SPLIT, "score_pool": _SCORE_POOL}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections, sort_keys=False))
