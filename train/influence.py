"""What gradients and losses foretell of groups, and what models without them reach, in; both out.

    influence, adaptive   by gradients (`train/tracin.py`): the held-out loss falls if other pairs
                          take a group's place, by its share / (1 - share) x less influence, in a
                          unit that all groups have alike
    excess                by the ledger (`train/hardness.py`): how much harder a group's pairs
                          stayed than others, weighed alike
    gain                  measured (`train.leave_out`): clean recall at 10 without the group less
                          that without as many pairs by lot, of runs of one seed, in points, with
                          Student's interval over the seeds

Whether what is foretold comes true is told by the rank correlation (Spearman) of each with the gain
over the groups that were left out. Few groups and few seeds leave it wide, so its p stands by it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from curate.dataset import begun
from curate.dataset.errors import DataError
from curate.stage import markdown
from curate.stage.params import parameters
from curate.stage.run import run
from train import data_comparison, hardness, influence_report
from train.comparison import spread
from train.data_comparison import paired
from train.hardness import Hardness
from train.influence_batches import rows_of
from train.leave_out import GROUP, LOT
from train.ranges import Number

WHOLE = "whole"  # runs that learn from everything
FORETOLD = {"influence": -1, "adaptive": -1, "excess": 1}  # what speaks for leaving a group out
_PERMUTATIONS = 40320  # of eight groups
_NOISE, _CLEAN = "noise-", "noise-clean"  # groups of what was planted, and of the rest


@parameters
class InfluenceParams:
    """Which groups are left out, and from which seeds."""

    left_out: tuple[str, ...]  # groups of `grouping`
    seeds: tuple[int, ...]  # of the runs on everything, and of each without a group
    keep: Number = 50  # steps between the states that gradients are taken at
    task: str = "itc"  # whose losses tell hard pairs
    parts: Number = 4  # of a run, in each of which a group's mean loss is told


def main(
    whole: Path, traces: Path, runs: Path, groups: Path, table: Path, params: InfluenceParams
) -> dict[str, Any]:
    """Put what is foretold of groups beside what was measured.

    Args:
        whole: folder of the models that learnt from everything, `<seed>`, with their ledgers.
        traces: folder of the figures of `train.trace_influence`, `<seed>.json`.
        runs: folder of the figures of runs, `whole/<seed>.json` and
            `left_out/<group>-<drop>-<seed>.json`.
        groups: table of `group` and `uid`.
        table: file of the report as Markdown.
        params: section `influence`.

    Returns:
        `groups`: of each what gradients and ledger tell; `left_out`: of each what was measured and
        foretold; `correlation` of the two; `noise`: AUC of hardness by kind; `missing`: runs, and
        seeds whose gradients were not looked at.

    Raises:
        DataError: no gradients were looked at, or runs are not of one budget.
    """
    files = {seed: traces / f"{seed}.json" for seed in params.seeds}
    told = {seed: _read(file) for seed, file in files.items() if file.is_file()}
    if not told:
        raise DataError(
            f"{traces} has no figures of the seeds {params.seeds}; run `make influence`"
        )
    hard = [Hardness(whole / str(seed) / begun.LEDGER, params.task) for seed in told]
    rows = rows_of(groups, hard[0].uids.tolist())
    found = {
        name: _group(name, own, list(told.values()), hard, params) for name, own in rows.items()
    }
    measured, missing = _measured(runs, params)
    for name, one in measured.items():
        one["foretold"] = {by: _weighed(found[name], by) for by in FORETOLD}
    figures = {
        "groups": found,
        "left_out": measured,
        "correlation": {by: correlation(measured, by) for by in FORETOLD},
        "noise": _noise(rows, hard),
        "missing": [*missing, *(f"trace-{seed}" for seed in files if seed not in told)],
    }
    markdown.write(influence_report.lines(figures), table)
    return figures


def correlation(measured: Mapping[str, Mapping[str, Any]], by: str) -> dict[str, Any]:
    """Spearman's rank correlation of what was foretold with the gain, over groups that have both.

    The p is that of the permutations of the groups, all of them up to eight: tables of p assume
    more groups than are ever left out.

    Returns:
        `rho` and its `p` (None of fewer than three groups, or where all are alike), `groups`.
    """
    from scipy.stats import permutation_test, spearmanr

    both = [(one["foretold"][by], one["gain"]["mean"]) for one in measured.values()]
    known = [pair for pair in both if None not in pair]
    if len(known) < 3 or any(len(set(side)) < 2 for side in zip(*known, strict=True)):
        return {"rho": None, "p": None, "groups": len(known)}
    foretold, gain = (np.array(side) for side in zip(*known, strict=True))
    found = permutation_test(
        (foretold,),
        lambda side: spearmanr(side, gain).statistic,
        permutation_type="pairings",
        n_resamples=_PERMUTATIONS,
        rng=np.random.default_rng(0),
    )
    return {"rho": float(found.statistic), "p": float(found.pvalue), "groups": len(known)}


def _group(
    name: str,
    rows: np.ndarray,
    told: Sequence[Mapping[str, Any]],
    hard: Sequence[Hardness],
    params: InfluenceParams,
) -> dict[str, Any]:
    """What gradients and ledger tell of a group, over the seeds."""
    traced = [one["groups"][name] for one in told if name in one["groups"]]
    figures = {key: spread([one[key] for one in traced]) for key in (traced[0] if traced else ())}
    own = np.isin(np.arange(len(hard[0].uids)), rows)
    falls = [one.fall(own, params.parts) for one in hard]
    return {
        "pairs": len(rows),
        **figures,
        "excess": _mean([float(value) for one in hard for value in one.excess[own]]),
        "loss": [_mean(list(part)) for part in zip(*falls, strict=True)],
    }


def _weighed(group: Mapping[str, Any], by: str) -> float | None:
    """What speaks for leaving a group out, as far as its share of the pairs shown lets it."""
    if "share" not in group or group["excess"] is None:
        return None
    share, value = group["share"]["mean"], group[by] if by == "excess" else group[by]["mean"]
    return float(FORETOLD[by] * value * share / (1 - share))


def _measured(runs: Path, params: InfluenceParams) -> tuple[dict[str, Any], list[str]]:
    """What leaving each group out gains, and the runs that are missing."""
    names = [f"{group}-{drop}" for group in params.left_out for drop in (GROUP, LOT)]
    files = {(WHOLE, seed): runs / WHOLE / f"{seed}.json" for seed in params.seeds}
    files |= {
        (name, seed): runs / "left_out" / f"{name}-{seed}.json"
        for name in names
        for seed in params.seeds
    }
    found = {key: _read(file) for key, file in files.items() if file.is_file()}
    data_comparison.check(found)
    clean: dict[str, dict[int, float]] = {name: {} for name in (WHOLE, *names)}
    for (name, seed), figures in found.items():
        clean[name][seed] = data_comparison.points(figures)["clean"]
    measured = {
        group: {
            "gain": paired(clean[f"{group}-{GROUP}"], clean[f"{group}-{LOT}"]),
            "over_whole": paired(clean[f"{group}-{GROUP}"], clean[WHOLE]),
            "lot_over_whole": paired(clean[f"{group}-{LOT}"], clean[WHOLE]),
        }
        for group in params.left_out
    }
    return measured, [f"{name}-{seed}" for name, seed in files if (name, seed) not in found]


def _noise(rows: Mapping[str, np.ndarray], hard: Sequence[Hardness]) -> dict[str, float | None]:
    """AUC of the excess loss, the mean of all seeds, for all that was planted and for each kind."""
    excess = hardness.over_runs(hard)
    kinds = {
        name.removeprefix(_NOISE): own
        for name, own in rows.items()
        if name.startswith(_NOISE) and name != _CLEAN
    }
    every = np.concatenate([np.zeros(0, np.int64), *kinds.values()])
    return {
        kind: hardness.auc(excess[own], excess[rows[_CLEAN]])
        for kind, own in {"all": every, **kinds}.items()
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and not np.isnan(value)]
    return fmean(known) if known else None


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    run("train.influence", section="influence")
