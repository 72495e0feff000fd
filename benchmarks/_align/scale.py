"""A hundred to a million captions, labelled stage by stage, and their graph made and asked.

CPU seconds are those of all processes, so a million of them over a caption's cost is what one core
does. `asked` is a question of the commonest of things, `person` and all its kinds.

    scale_1m_over_10k       CPU seconds a caption of a million over those of 10,000, of all stages
                            together, without what a hundred captions cost
    scene_ms_per_caption    CPU milliseconds of a scene graph, over a million captions
    graph_gib_1m            GiB that making or asking the graph of a million holds at the peak
"""

import shutil
import sys
from pathlib import Path

from benchmarks import _cost
from benchmarks._align import Measured, _captions

_COUNTS = (100, 10_000, 100_000, 1_000_000)  # the first is what starting costs
_ASKED = "import typer; from align.concept import concept; typer.run(concept)"


def measure(repeats: int) -> Measured:
    """Run every stage on each number of captions as often as asked."""
    stages = _stages()
    costs: dict[tuple[str, int], list[_cost.Cost]] = {}
    for count in _COUNTS:
        folder = _captions.made(count)
        for _ in range(repeats):
            _clear(folder)
            for name, words in stages.items():
                command = ["env", "-C", str(folder), sys.executable, *words]
                own = {"PAIRWRIGHT_MEMORY": "memory"}
                costs.setdefault((name, count), []).append(_cost.measured(command, own))
    rows = [
        [name, count, cost.cpu, cost.wall, 1e6 * cost.cpu / count, cost.memory / 1024]
        for (name, count), runs in costs.items()
        for cost in runs
    ]
    start, few, _, most = (
        [sum(run.cpu for run in runs) for runs in zip(*(costs[s, n] for s in stages), strict=True)]
        for n in _COUNTS
    )
    fixed, least = min(start), min(cost.cpu for cost in costs["scene", _COUNTS[0]])
    scene = [1000 * (cost.cpu - least) / _COUNTS[-1] for cost in costs["scene", _COUNTS[-1]]]
    held = zip(*(costs[name, _COUNTS[-1]] for name in ("graph", "asked")), strict=True)
    peak = [max(cost.memory for cost in runs) / 1024 for runs in held]
    found = {
        "scale_1m_over_10k": _cost.ratios(
            [(cpu - fixed) / _COUNTS[-1] for cpu in most],
            [(cpu - fixed) / _COUNTS[1] for cpu in few],
        ),
        "scene_ms_per_caption": _cost.ratios(scene, [1.0] * repeats),
        "graph_gib_1m": _cost.ratios(peak, [1.0] * repeats),
    }
    headings = ("stage", "captions", "CPU s", "wall s", "CPU us a caption", "GiB")
    return Measured(headings, rows, found)


def _stages() -> dict[str, list[str]]:
    """Arguments of Python by stage, in their order."""
    label = [
        *("-m", "align.label", "--sets", "data/pool", "--decisions", "decisions.parquet"),
        *("--packages", "packages"),
    ]
    of_scene = ["--section", "label_linked", "--of", "data/labels/scene"]
    labelers: dict[str, list[str]] = {"scene": [], "knowledge": of_scene, "negatives": []}
    labelled = {
        name: [*label, "--name", name, *more, "--out", f"data/labels/{name}"]
        for name, more in labelers.items()
    }
    build = ["-m", "align.build_graph", "--snapshot", "data/snapshot", "--labels", "data/labels"]
    return {
        **labelled,
        "graph": [*build, "--out", "data/graph"],
        "asked": ["-c", _ASKED, "person"],
    }


def _clear(folder: Path) -> None:
    """Take away what earlier runs remember."""
    shutil.rmtree(folder / "memory", ignore_errors=True)
