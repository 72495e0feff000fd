"""One rule, or a combination of rules, and the rows it is asked about in; its verdict out."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from curate.columns import Rows
from curate.dataset.errors import ParamsError
from curate.rules import counts, repeats, thresholds
from curate.rules.balance import balance
from curate.rules.rule import Rule, Verdict

KINDS: dict[str, Callable[..., Verdict]] = {
    "at_least": thresholds.at_least,
    "at_most": thresholds.at_most,
    "between": thresholds.between,
    "equals": thresholds.equals,
    "is_in": thresholds.is_in,
    "of_parent": thresholds.of_parent,
    "exclude_leaks": thresholds.exclude_leaks,
    "top_share": counts.top_share,
    "sample": counts.sample,
    "cap": counts.cap,
    "balance": balance,
    "shared_by": repeats.shared_by,
    "near_duplicates": repeats.near_duplicates,
}
COMBINATIONS = ("all_of", "any_of")
NAMES = (*KINDS, *COMBINATIONS)
WHOLE = ("top_share", "cap", "balance", "shared_by", "near_duplicates")
WITH_COLUMN = (
    *("at_least", "at_most", "between", "equals", "is_in", "of_parent"),
    "top_share",
)
ONLY_FOR = {
    "per": ("top_share", "sample"),
    "colours": ("near_duplicates",),
    "order": ("near_duplicates",),
}


def kind_of(rule: Rule, where: str) -> str:
    """The one kind that a rule names.

    Raises:
        ParamsError: it names none or several, lacks a column, or sets what is for another kind.
    """
    named = [kind for kind in NAMES if getattr(rule, kind) is not None]
    if len(named) != 1:
        found = f"names {' and '.join(named)}" if named else "names no kind of rule"
        raise ParamsError(f"{where} {found}; give exactly one of {', '.join(NAMES)}")
    if rule.column is None and named[0] in WITH_COLUMN:
        raise ParamsError(f"{where} lacks a column, e.g. column: clip.similarity")
    for name, kinds in ONLY_FOR.items():
        if getattr(rule, name) not in (None, ()) and named[0] not in kinds:
            raise ParamsError(f"{where}: {name} is for {' and '.join(kinds)}, not for {named[0]}")
    return named[0]


def members(rule: Rule) -> dict[str, Rule]:
    """The rules that a combination is made of, without those that are switched off."""
    named: Mapping[str, Rule | None] = rule.all_of or rule.any_of or {}
    return {name: member for name, member in named.items() if member is not None}


def compares(rule: Rule, where: str) -> bool:
    """Whether a rule compares rows with each other, so that its verdict hangs on which they are."""
    kind = kind_of(rule, where)
    if kind in COMBINATIONS:
        return any(compares(m, f"{where}.{kind}.{name}") for name, m in members(rule).items())
    return kind in WHOLE or (kind == "sample" and rule.sample is not None and rule.sample > 1)


def concerns(rule: Rule, sources: np.ndarray) -> np.ndarray:
    """(N,) whether a rule is for pairs of these N sources."""
    asked = ~np.isin(sources, rule.except_sources)
    return asked if rule.sources is None else asked & np.isin(sources, rule.sources)


def judge(rule: Rule, rows: Rows, where: str) -> Verdict:
    """Ask a rule about rows; `where` is its place in params.yaml, for messages.

    Raises:
        ParamsError: the rule asks for something unknown or of the wrong type.
    """
    kind = kind_of(rule, where)
    if kind in COMBINATIONS:
        return _combined(kind, rule, rows, f"{where}.{kind}")
    try:
        verdict = KINDS[kind](rows, rule, getattr(rule, kind))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        asked = f"{where}: {kind}: {getattr(rule, kind)!r} cannot be asked"
        if rule.column is None:
            raise ParamsError(f"{asked}: {error}") from error
        kept_as = rows.column(rule.column).type
        raise ParamsError(f"{asked} of {rule.column}, which is of type {kept_as}") from error
    margin = np.where(verdict.judged, verdict.margin, np.nan)
    return verdict._replace(margin=margin, scale=verdict.scale or 1.0)


def _combined(kind: str, rule: Rule, rows: Rows, where: str) -> Verdict:
    """Verdict of several rules, each asked about the rows of its sources."""
    asked = members(rule)
    if not asked:
        raise ParamsError(f"{where} names no rule; give some, or set the whole rule to null")
    sources = rows.pairs.column("source").to_numpy()
    rooms = np.full((len(asked), len(sources)), np.nan)  # margin / scale; NaN: no answer
    for index, (name, member) in enumerate(asked.items()):
        picked = np.flatnonzero(concerns(member, sources))
        verdict = judge(member, rows.take(picked), f"{where}.{name}")
        bare = np.where(verdict.judged & verdict.keep, np.inf, -np.inf)
        room = np.where(np.isnan(verdict.margin), bare, verdict.margin / verdict.scale)
        answered = verdict.judged if member.missing == "keep" else True
        rooms[index, picked] = np.where(answered, room, np.nan)
    judged = ~np.isnan(rooms).all(axis=0)
    if kind == "any_of":
        room = np.where(np.isnan(rooms), -np.inf, rooms).max(axis=0)
    else:
        room = np.where(np.isnan(rooms), np.inf, rooms).min(axis=0)
    return Verdict(room >= 0, judged, np.where(judged & np.isfinite(room), room, np.nan), 1.0)
