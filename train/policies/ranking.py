"""What policies reached on a proxy and other models, by seed, in; whether the ranking holds, out.

Two rankings are compared by Kendall's tau (`scipy.stats.kendalltau`, tau-b): 1 where every two
policies stand alike in both, -1 where every two stand the other way round. Of the means over the
seeds there is one tau with its p-value; of each seed there is one, too, and Student's interval over
these. Few policies and few seeds tell little, so what is not told apart is said to be.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from train.comparison import spread
from train.data_comparison import paired

Reached = Mapping[str, Mapping[int, float]]  # policy -> seed -> points


def ranking(models: Mapping[str, Reached], winner: str, searched: Sequence[str]) -> dict[str, Any]:
    """Rank policies by each model.

    Args:
        models: by name; the first is the proxy. All have the same policies and seeds.
        winner: the policy that is compared with the others.
        searched: policies in the search's own order, some of those that are ranked.

    Returns:
        `models`: of each, by policy, `points` and `rank` (1 is best), and `winner_minus`: the
        paired difference by policy. `holds`: of each further model, and of `search` on the proxy,
        what `agreement` tells.
    """
    proxy, *others = models
    order = {name: {0: -float(place)} for place, name in enumerate(searched)}
    found = {"models": {name: _of_model(own, winner) for name, own in models.items()}}
    mine = {name: models[proxy][name] for name in searched}
    once = {name: {0: mean(of.values())} for name, of in mine.items()}
    holds = {other: agreement(models[proxy], models[other]) for other in others}
    return {**found, "holds": {"search": agreement(order, once), **holds}}


def agreement(one: Reached, other: Reached) -> dict[str, Any]:
    """How alike two rankings of the same policies are.

    Returns:
        `tau` of the means and its `p`; `seeds`: `mean`, `low` and `high` of the tau by seed, see
        `data_comparison.paired`; `policies`, their number. Null where fewer than two are told
        apart.
    """
    names, seeds = list(one), sorted(next(iter(one.values()), {}))
    means = [[mean(own[name].values()) for name in names] for own in (one, other)]
    by_seed = {s: _tau(*([own[name][s] for name in names] for own in (one, other))) for s in seeds}
    known = {seed: tau for seed, (tau, _) in by_seed.items() if tau is not None}
    tau, p = _tau(*means)
    over = paired(known, dict.fromkeys(known, 0.0))
    return {"tau": tau, "p": p, "seeds": over, "policies": len(names)}


def _tau(one: Sequence[float], other: Sequence[float]) -> tuple[float | None, float | None]:
    from scipy.stats import kendalltau

    if len(one) < 2:
        return None, None
    found = kendalltau(one, other)
    return (None, None) if math.isnan(found.statistic) else (found.statistic, found.pvalue)


def _of_model(reached: Reached, winner: str) -> dict[str, Any]:
    best = sorted(reached, key=lambda name: -mean(reached[name].values()))
    return {
        name: {
            "rank": best.index(name) + 1,
            "points": spread(list(own.values())),
            "winner_minus": paired(reached[winner], own),
        }
        for name, own in reached.items()
    }
