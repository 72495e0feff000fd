"""Kinds of rules by which so many rows stay: the best, a sample, some of each cluster.

Draws are seeded hashes of uids (pandas' SipHash), so one pair's draw never hangs on another's.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from curate.columns import Rows
from curate.dataset.errors import ParamsError
from curate.rules.rule import Cap, Rule, Verdict, numbers


def hashes(names: np.ndarray, seed: int) -> np.ndarray:
    """64 bits for each of N names: always the same for a name and a seed."""
    key = f"{seed:016d}"[-16:]
    return pd.util.hash_array(names.astype(object), hash_key=key, categorize=False)


def unit(hashed: np.ndarray) -> np.ndarray:
    """64-bit hashes as numbers above 0, up to 1."""
    return ((hashed >> np.uint64(11)) + np.uint64(1)).astype(np.float64) * 2.0**-53


def draws(names: np.ndarray, seed: int) -> np.ndarray:
    """A number above 0, up to 1, for each of N names: always the same for a name and a seed."""
    return unit(hashes(names, seed))


def top_share(rows: Rows, rule: Rule, share: float) -> Verdict:
    """The value is among the highest share of its group."""
    values = numbers(rows.column(str(rule.column)))
    groups = _groups(rows, rule.per)
    judged = ~np.isnan(values) & (groups >= 0)
    lowest = np.full(len(values), np.inf)
    for members in _members(groups, judged):
        if count := round(share * len(members)):
            lowest[members] = np.sort(values[members])[-count]
    limits = np.abs(lowest[judged & np.isfinite(lowest)])
    scale = float(np.median(limits)) if len(limits) else 1.0
    margin = np.where(np.isfinite(lowest), values - lowest, np.nan)
    return Verdict(values >= lowest, judged, margin, scale)


def sample(rows: Rows, rule: Rule, amount: float) -> Verdict:
    """The row is drawn: with the chance of a share, or among the first so many of its group.

    Raises:
        ParamsError: the amount is negative, or more than one and no whole number.
    """
    if amount < 0 or (amount > 1 and amount != int(amount)):
        raise ParamsError(f"sample: {amount!r} is neither a share from 0 to 1 nor a whole number")
    uids = rows.pairs.column("uid").to_numpy()
    drawn, groups = draws(uids, rule.seed), _groups(rows, rule.per)
    if amount <= 1:
        margin = amount - drawn
        return Verdict(margin >= 0, groups >= 0, margin, amount)
    frame = pd.DataFrame({"group": groups, "draw": drawn, "uid": uids})
    margin = amount - _places(frame, ["draw", "uid"], [True, True])
    return Verdict(margin >= 0, groups >= 0, margin, amount)


def cap(rows: Rows, rule: Rule, asked: Cap) -> Verdict:
    """The row is among the first so many of its cluster.

    Raises:
        ParamsError: a column to order by holds no numbers.
    """
    uids = rows.pairs.column("uid").to_numpy()
    groups = _groups(rows, asked.by)
    frame = pd.DataFrame({"group": groups, "draw": draws(uids, rule.seed), "uid": uids})
    keys = [f"key {index}" for index in range(len(asked.order))]
    for key, name in zip(keys, asked.order, strict=True):
        values = rows.column(name.removeprefix("-"))
        if not (pa.types.is_primitive(values.type) or pa.types.is_null(values.type)):
            raise ParamsError(
                f"cap: order: {name} is of type {values.type}; give columns of numbers"
            )
        frame[key] = numbers(values)
    ascending = [name.startswith("-") for name in asked.order]
    margin = asked.at_most - _places(frame, [*keys, "draw", "uid"], [*ascending, True, True])
    return Verdict(margin >= 0, groups >= 0, margin, float(asked.at_most))


def _groups(rows: Rows, column: str | None) -> np.ndarray:
    """(N,) number of each row's group, -1 where it has none."""
    if column is None:
        return np.zeros(rows.pairs.num_rows, np.int64)
    codes, _ = pd.factorize(rows.column(column).to_pandas())
    return codes


def _members(groups: np.ndarray, judged: np.ndarray) -> list[np.ndarray]:
    """The judged rows of each group, by their numbers."""
    chosen = np.flatnonzero(judged)
    order = chosen[np.argsort(groups[chosen], kind="stable")]
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    return [part for part in np.split(order, borders) if len(part)]


def _places(frame: pd.DataFrame, keys: list[str], ascending: list[bool]) -> np.ndarray:
    """(N,) each row's place within its group by some keys, from 1; missing values last."""
    order = frame.sort_values(keys, ascending=ascending, na_position="last")
    places = order.groupby("group").cumcount() + 1
    return places.reindex(frame.index).to_numpy(np.float64)
