"""Kinds of rules that look at each row alone: its value beside a threshold, in; verdicts out."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.columns import Rows
from curate.dataset.errors import ParamsError
from curate.rules.rule import Rule, Scalar, Verdict, numbers, truths

_LEAKS = {"semantic": "leakage_semantic", "caption": "leakage_caption"}  # else `leakage`


def at_least(rows: Rows, rule: Rule, threshold: float) -> Verdict:
    """The value reaches the threshold."""
    values = numbers(rows.column(str(rule.column)))
    margin = values - threshold
    return Verdict(margin >= 0, ~np.isnan(values), margin, abs(threshold))


def at_most(rows: Rows, rule: Rule, threshold: float) -> Verdict:
    """The value does not exceed the threshold."""
    values = numbers(rows.column(str(rule.column)))
    margin = threshold - values
    return Verdict(margin >= 0, ~np.isnan(values), margin, abs(threshold))


def between(rows: Rows, rule: Rule, ends: tuple[float, float]) -> Verdict:
    """The value lies between two ends, or is one of them.

    Raises:
        ParamsError: the ends are in the wrong order, so that nothing would be kept.
    """
    low, high = ends
    if low > high:
        raise ParamsError(f"between: [{low:g}, {high:g}] holds nothing; the lower end goes first")
    values = numbers(rows.column(str(rule.column)))
    margin = np.minimum(values - low, high - values)
    return Verdict(margin >= 0, ~np.isnan(values), margin, high - low)


def is_in(rows: Rows, rule: Rule, allowed: tuple[Scalar, ...]) -> Verdict:
    """The value is one of those given."""
    values = rows.column(str(rule.column))
    keep = pc.is_in(values, value_set=pa.array(allowed).cast(values.type))
    margin = np.full(len(values), np.nan)
    return Verdict(truths(keep), truths(values.is_valid()), margin, 1.0)


def equals(rows: Rows, rule: Rule, wanted: Scalar) -> Verdict:
    """The value is the one given."""
    return is_in(rows, rule, (wanted,))


def of_parent(rows: Rows, rule: Rule, ratio: float) -> Verdict:
    """The value has not fallen too far below that of the pair that this one was made from."""
    parents = numbers(rows.of_parents(str(rule.column)))
    lowest = parents - (1 - ratio) * np.abs(parents)  # ratio x parent, where that is positive
    margin = numbers(rows.column(str(rule.column))) - lowest
    judged = ~np.isnan(margin)
    scale = float(np.median(np.abs(parents[judged]))) if judged.any() else 1.0
    return Verdict(margin >= 0, judged, margin, scale)


def exclude_leaks(rows: Rows, rule: Rule, columns: tuple[str, ...]) -> Verdict:  # noqa: ARG001
    """No scorer of leaks says, in any of some ways, that an evaluation set holds the row.

    Raises:
        ParamsError: there is no such column: no pair passes as clean that was not looked at.
    """
    try:
        found = [rows.column(f"{_LEAKS.get(name, 'leakage')}.{name}") for name in columns]
    except ParamsError as error:
        scorers = " and ".join(sorted({f"`{_LEAKS.get(name, 'leakage')}`" for name in columns}))
        raise ParamsError(f"exclude_leaks needs the scorer {scorers}: {error}") from error
    leaks = np.logical_or.reduce([truths(values) for values in found])
    known = np.logical_and.reduce([truths(values.is_valid()) for values in found])
    return Verdict(~leaks, leaks | known, np.full(len(leaks), np.nan), 1.0)
