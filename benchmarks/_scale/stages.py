"""A thousand to a million pairs, put through every stage of dvc.yaml that handles pools.

The stages run as DVC runs them, in their order, over a pool that is crawled from tars of small
JPEGs; beside them `pairwright what-if` and the loader that makes training batches. Scorers that ask
a model stop at 100,000 pairs. CPU seconds are those of all processes that a stage starts, and its
memory is theirs together. What starting costs is left out of a pair's time: it is that of the pairs
that a pool has more than one of a thousand.

What was measured is kept in `costs.json` of the pool's folder, so that a run which is broken off
goes on where it was; without that file all of it is measured anew.

    time_per_pair_1m_over_10k    CPU seconds a pair of the largest pool over those of 10,000, of all
                                 stages together that both were put through
    worst_stage_1m_over_10k      the same of the stage whose ratio is the greatest, of those that
                                 take a tenth of a millisecond a pair
    peak_gib_1m                  GiB that the stage that holds most holds at the peak
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import _cost
from benchmarks._scale import Measured, _dag, _loader, _project

_COUNTS = (1_000, 10_000, 100_000, 1_000_000)  # the first is what starting costs
_MODELS_TO = 100_000  # pairs
_STAGES = (
    *("crawl", "score", "score_parsed", "score_embedded", "score_pool", "split", "filter", "blur"),
    *("label", "label_linked", "label_grounded", "make", "score_made", "score_parsed_made"),
    *("verify_made", "filter_made", "blur_made", "label_made", "label_linked_made"),
    *(
        "label_grounded_made",
        "snapshot",
        "graph",
        "distributions",
        "coverage",
        "validate",
        "report",
    ),
)
_ASKED = "import typer; from curate.what_if import what_if; typer.run(what_if)"
_WEIGHTY = 1e-4  # CPU seconds a pair

_Costs = Mapping[str, list[_cost.Cost]]  # by stage


def measure(repeats: int, most: float = 0.0) -> Measured:
    """Put each pool through the stages as often as asked.

    Args:
        repeats: runs of each stage.
        most: pairs of the largest pool; 0: a million.
    """
    counts = [count for count in _COUNTS if count <= (most or _COUNTS[-1])]
    costs = {count: _costs(count, repeats) for count in counts}
    rows = []
    for count in counts[1:]:
        for name, runs in costs[count].items():
            for run, first in zip(runs, costs[counts[0]][name], strict=True):
                each = 1e6 * _each(run.cpu, first.cpu, count)
                rows.append([name, count, run.cpu, run.wall, each, run.memory / 1024])
    few, many = costs[counts[1]], costs[counts[-1]]
    by_stage = {name: _ratio([name], costs, counts) for name in many}
    weighty = {
        name: ratios
        for name, ratios in by_stage.items()
        if _each(few[name][0].cpu, costs[counts[0]][name][0].cpu, counts[1]) >= _WEIGHTY
    }
    worst = max(weighty, key=lambda name: weighty[name]["median"])
    held = zip(*(runs for runs in many.values()), strict=True)
    peak = [max(run.memory for run in runs) / 1024 for runs in held]
    print(f"of the stages that weigh, {worst} grows most")
    found = {
        "time_per_pair_1m_over_10k": _ratio(list(many), costs, counts),
        "worst_stage_1m_over_10k": weighty[worst],
        "peak_gib_1m": _cost.ratios(peak, [1.0] * repeats),
    }
    headings = ("stage", "pairs", "CPU s", "wall s", "CPU us a pair", "GiB")
    return Measured(headings, rows, found)


def _each(cpu: float, first: float, count: int) -> float:
    """CPU seconds of a pair, without what starting costs."""
    return max(cpu - first, 0.0) / (count - _COUNTS[0])


def _ratio(names: list[str], costs: Mapping[int, _Costs], counts: list[int]) -> dict[str, float]:
    """A pair's time in the largest pool over that in the one of 10,000, of some stages."""
    first, few, many = (
        [sum(run.cpu for run in runs) for runs in zip(*(costs[c][n] for n in names), strict=True)]
        for c in (counts[0], counts[1], counts[-1])
    )
    start = min(first)
    ours = [_each(cpu, start, counts[-1]) for cpu in many]
    return _cost.ratios(ours, [_each(cpu, start, counts[1]) for cpu in few])


def _costs(count: int, repeats: int) -> _Costs:
    """What each stage took of a pool of so many pairs, run by run."""
    params = _project.made(count)
    place = _project.folder(count)
    known = _Known(place / "costs.json")
    words = _commands(params)
    if count > _MODELS_TO:
        words = {name: w for name, w in words.items() if not _by_model(name)}
    for repeat in range(repeats):
        if not known.runs(repeat):
            _project.clear(count)
        for name, command in words.items():
            if len(known.of(name)) > repeat:
                continue
            print(f"bench: {count:,} pairs: {name}", file=sys.stderr, flush=True)
            if name == "batches":
                _loader.look(place)
            inside = ["env", "-C", str(place), *command]
            known.add(name, _cost.measured(inside, {"PYTHONPATH": str(Path.cwd())}))
    return {name: known.of(name)[:repeats] for name in words}


def _commands(params: Mapping[str, object]) -> dict[str, list[str]]:
    """What is run, in its order: what models say comes last, so that nothing else hangs on it."""
    stages = _dag.commands(_STAGES, params)
    stages["what-if"] = [sys.executable, "-c", _ASKED, "-S", "filter.rules.sharp.at_least=20"]
    stages["batches"] = [sys.executable, "-m", "benchmarks._scale._loader"]
    ours = {name: words for name, words in stages.items() if not _by_model(name)}
    return ours | {name: words for name, words in stages.items() if _by_model(name)}


def _by_model(name: str) -> bool:
    return name.partition("@")[2] in _project.DEAR


class _Known:
    """The costs that a file holds, by stage and run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._costs: dict[str, list[list[float]]] = {}
        if file.is_file():
            self._costs = json.loads(file.read_text(encoding="utf-8"))

    def runs(self, least: int) -> bool:
        """Whether any stage has been run more often."""
        return any(len(runs) > least for runs in self._costs.values())

    def of(self, name: str) -> list[_cost.Cost]:
        known = self._costs.get(name, ())
        return [_cost.Cost(cpu, wall, memory, "") for cpu, wall, memory in known]

    def add(self, name: str, cost: _cost.Cost) -> None:
        self._costs.setdefault(name, []).append([cost.cpu, cost.wall, cost.memory])
        self._file.write_text(json.dumps(self._costs, indent=1), encoding="utf-8")
