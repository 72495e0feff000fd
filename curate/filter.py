"""Scores of pairs and named rules in; which pairs are kept, why, and by what margin, out.

Rules are asked in the order of params.yaml: those that look at a pair alone are asked about every
pair, those that compare pairs (`asking.compares`) about the pairs that no earlier rule dropped. The
reason of a dropped pair is the first rule that it fails; that of a kept pair is the rule that it
came closest to failing: the one for which the fewest kept pairs have so small a margin.
"""

import difflib
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.columns import Rows
from curate.dataset import record, tables
from curate.dataset.sets import located
from curate.rules import asking
from curate.rules.rule import Rule, Verdict
from curate.stage.params import build, parameters
from curate.stage.run import run

_RANKED = 4096  # kept pairs, at most
NO_RULE = "no_rule"  # reason of a kept pair of which no rule gives a margin


@parameters
class FilterParams:
    """What is kept."""

    reads: str | None = None  # what else the stage depends on
    rules: dict[str, dict[str, Any] | None]  # rules in their order; null: switched off


def main(
    sets: Path,
    scores: Path,
    out: Path,
    params: FilterParams,
    parents: Path | None = None,
) -> dict[str, Any]:
    """Decide which pairs are kept; --parents are the scores of what they were made from."""
    pairs = located([sets])
    asked = rules_of(params)
    for line in strangers(asked, pairs.column("source")):
        print(line, file=sys.stderr)
    answers = ask(asked, Rows(pairs, scores, parents))
    table = decide(pairs.column("uid"), list(asked), answers)
    tables.write(table, out, "uid", record.DECISIONS)
    kept = np.logical_not(answers.failed.any(axis=0))
    return {
        **_shares(pairs, kept),
        "sources": _by_source(pairs, kept, table.column("reason").to_numpy()),
        "rules": _by_rule(list(asked), answers),
    }


def rules_of(params: FilterParams) -> dict[str, Rule]:
    """The rules that are not switched off, by name, in their order.

    Raises:
        ParamsError: a rule has an unknown or mistyped key.
    """
    named = {name: values for name, values in params.rules.items() if values is not None}
    return {name: build(Rule, values, f"rules.{name}") for name, values in named.items()}


def strangers(asked: dict[str, Rule], sources: pa.ChunkedArray) -> list[str]:
    """Warnings of sources that rules name and no pair has: misspelt, or not there this time."""
    known, found = sorted(pc.unique(sources).to_pylist()), []
    for name, rule in asked.items():
        named = (*(rule.sources or ()), *rule.except_sources, *rule.order)
        for source in dict.fromkeys(source for source in named if source not in known):
            close = difflib.get_close_matches(source, known, n=1)
            guess = f"; did you mean {close[0]!r}?" if close else ""
            found.append(
                f"rules.{name}: no pair is of source {source!r}{guess} (there are: "
                f"{', '.join(known)})"
            )
    return found


class Answers(NamedTuple):
    """What R rules say of N pairs."""

    asked: np.ndarray  # (R, N) bool, whether the rule was asked about the pair
    failed: np.ndarray  # (R, N) bool
    margins: np.ndarray  # (R, N) float64, NaN where there is none


def ask(
    asked: dict[str, Rule], rows: Rows, known: dict[tuple[str, bytes], Verdict] | None = None
) -> Answers:
    """Ask rules about pairs, in their order.

    Args:
        asked: the rules by name.
        rows: the pairs.
        known: verdicts of these pairs' earlier questions, which are not asked again; new ones are
            added.

    Raises:
        ParamsError: a rule asks for something unknown.
    """
    known = {} if known is None else known
    sources = rows.pairs.column("source").to_numpy()
    failed = np.zeros((len(asked), len(sources)), np.bool_)
    concerned = np.zeros_like(failed)
    margins = np.full(failed.shape, np.nan)
    for index, (name, rule) in enumerate(asked.items()):
        where = f"rules.{name}"
        concerned[index] = asking.concerns(rule, sources)
        if asking.compares(rule, where):
            concerned[index] &= ~failed.any(axis=0)
        picked = np.flatnonzero(concerned[index])
        question = (repr(rule), concerned[index].tobytes())
        verdict = known.get(question)
        if verdict is None:
            verdict = known[question] = asking.judge(rule, rows.take(picked), where)
        failed[index, picked] = ~np.where(verdict.judged, verdict.keep, rule.missing == "keep")
        margins[index, picked] = verdict.margin
    return Answers(concerned, failed, margins)


def decide(uids: pa.ChunkedArray, names: list[str], answers: Answers) -> pa.Table:
    """The decisions on N pairs, of schema `record.DECISIONS`; `names` are those of the rules."""
    asked, failed, margins = answers.asked, answers.failed, answers.margins
    count = failed.shape[1]
    said = np.array([*names, NO_RULE], dtype=object)
    dropped = np.any(failed, axis=0)
    first = np.vstack([failed, np.ones(count, np.bool_)]).argmax(axis=0)
    room = _room(margins, ~dropped)
    closest = np.vstack([room, np.full(count, np.finfo(float).max)]).argmin(axis=0)
    rule = np.where(dropped, first, closest)
    margin = np.vstack([margins, np.full(count, np.nan)])[rule, np.arange(count)]
    return pa.table(
        {
            "uid": uids,
            "kept": ~dropped,
            "reason": pa.array(said[rule], pa.string()),
            "margin": pa.array(margin, from_pandas=True),
            "failed": pa.ListArray.from_arrays(_offsets(failed), _names(failed, names)),
            "margins": pa.MapArray.from_arrays(
                _offsets(asked),
                _names(asked, names),
                pa.array(margins.T[asked.T], from_pandas=True),
            ),
        },
        schema=record.DECISIONS,
    )


def _room(margins: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """(R, N) share of the kept pairs whose margin is at most as great; infinite without a margin.

    Margins have the units of their rules, and ranks have none. A rule by which all kept pairs have
    one margin comes last: it tells them apart by nothing. Some thousand pairs are ranked.
    """
    room = np.full(margins.shape, np.inf)
    for row, own in zip(room, margins, strict=True):
        known = own[kept & ~np.isnan(own)]
        if len(known):
            usual = np.sort(known[:: -(-len(known) // _RANKED)])
            has = ~np.isnan(own)
            row[has] = np.searchsorted(usual, own[has], side="right") / len(usual)
    return room


def _offsets(chosen: np.ndarray) -> pa.Array:
    """Where each pair's list of rules begins, (R, N) truths given, and where the last one ends."""
    return pa.array(np.append(0, np.cumsum(chosen.sum(axis=0))), pa.int32())


def _names(chosen: np.ndarray, names: list[str]) -> pa.Array:
    """Names of the rules of each pair's list, one after the other."""
    return pa.array(names, pa.string()).take(pa.array(np.nonzero(chosen.T)[1], pa.int64()))


def _by_source(pairs: pa.Table, kept: np.ndarray, reasons: np.ndarray) -> dict[str, Any]:
    """For each source, or method: its shares, and of its dropped pairs how many for what reason."""
    sources = pairs.column("source").to_numpy()
    found = {}
    for name in sorted(set(sources)):
        own = sources == name
        dropped = Counter(reasons[own & ~kept])
        found[name] = {
            **_shares(pairs.filter(pa.array(own)), kept[own]),
            "reasons": {reason: dropped[reason] for reason in sorted(dropped)},
        }
    return found


def _shares(pairs: pa.Table, kept: np.ndarray) -> dict[str, Any]:
    left = pairs.filter(pa.array(kept))
    return {
        "pairs": pairs.num_rows,
        "kept": left.num_rows,
        "kept_share": left.num_rows / pairs.num_rows if pairs.num_rows else None,
        "images": pc.count_distinct(pairs.column("image")).as_py(),
        "images_kept": pc.count_distinct(left.column("image")).as_py(),
    }


def _by_rule(names: list[str], answers: Answers) -> dict[str, dict[str, int]]:
    """For each rule: pairs it was asked about, that fail it, that it is the reason to drop, and
    that no other rule would have dropped.
    """
    earlier = np.zeros(answers.failed.shape[1], np.bool_)
    once = answers.failed.sum(axis=0) == 1
    found = {}
    for name, asked, fails in zip(names, answers.asked, answers.failed, strict=True):
        counts = {
            "asked": asked,
            "failed": fails,
            "reason": fails & ~earlier,
            "alone": fails & once,
        }
        found[name] = {what: int(rows.sum()) for what, rows in counts.items()}
        earlier |= fails
    return found


if __name__ == "__main__":
    run("curate.filter", section="filter")
