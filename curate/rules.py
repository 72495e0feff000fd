"""One rule and the rows it is asked about in; what to keep, and by what margin, out.

A rule names exactly one of these kinds. Values are in the units of the rule's `column`; a margin
is zero or more where the rule is kept, less than zero where it is failed.

    at_least         value >= threshold; margin = value - threshold
    at_most          value <= threshold; margin = threshold - value
    equals, is_in    value is (one of) the given; no margin
    of_parent        value has lost at most (1 - ratio) of the size of the parent's value; margin =
                     value - (parent's value - (1 - ratio) x |parent's value|)
    top_share        value is among the highest share of all rows asked about; margin = value -
                     lowest value of that share; rows of equal value are kept together
    shared_by        the caption stands beside at most that many images of its source (one that
                     stands beside more describes none of them); margin = limit - images
    near_duplicates  of images within that Hamming distance (bits) only the best stays, with all
                     its captions; margin = distance to the better one - (limit + 1), and none
                     where there is no better one
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import duplicates
from curate.columns import Rows
from curate.dataset.errors import ParamsError
from curate.stage.params import parameters

Scalar = bool | int | float | str


@parameters
class Rule:
    """A rule as params.yaml says it; what is not set is null."""

    column: str | None = None  # <scorer>.<column>, or pairs.<column of the set itself>
    at_least: float | None = None  # units of the column
    at_most: float | None = None  # units of the column
    equals: Scalar | None = None  # a value of the column
    is_in: tuple[Scalar, ...] | None = None  # values of the column
    of_parent: float | None = None  # ratio to the parent's value
    top_share: float | None = None  # share of the rows, 0 to 1
    shared_by: int | None = None  # images
    near_duplicates: int | None = None  # bits of 64
    colours: float | None = None  # near_duplicates: mean difference in levels, 0 to 255
    order: tuple[str, ...] = ()  # near_duplicates: sources from best to worst
    sources: tuple[str, ...] | None = None  # sources that the rule is for; null: all
    except_sources: tuple[str, ...] = ()  # sources that the rule is not for
    missing: Literal["keep", "drop"] = "keep"  # what becomes of a row that it cannot judge


class Verdict(NamedTuple):
    """What a rule says of N rows."""

    keep: np.ndarray  # (N,) bool, of no meaning where it could not judge
    judged: np.ndarray  # (N,) bool, false where a value is missing
    margin: np.ndarray  # (N,) float64, NaN where there is none
    scale: float  # what margins are compared by: the threshold, or 1 where it is 0


def kind_of(rule: Rule, where: str) -> str:
    """The one kind that a rule names.

    Raises:
        ParamsError: it names none or several, or lacks a column.
    """
    named = [kind for kind in KINDS if getattr(rule, kind) is not None]
    if len(named) != 1:
        found = f"names {' and '.join(named)}" if named else "names no kind of rule"
        raise ParamsError(f"{where} {found}; give exactly one of {', '.join(KINDS)}")
    if rule.column is None and named[0] not in WITHOUT_COLUMN:
        raise ParamsError(f"{where} lacks a column, e.g. column: clip.similarity")
    return named[0]


def judge(rule: Rule, rows: Rows, where: str) -> Verdict:
    """Ask a rule about rows; `where` is its place in params.yaml, for messages.

    Raises:
        ParamsError: the rule asks for something unknown or of the wrong type.
    """
    kind = kind_of(rule, where)
    try:
        verdict = KINDS[kind](rows, rule, getattr(rule, kind))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        kept_as = rows.column(str(rule.column)).type
        raise ParamsError(
            f"{where}: {kind}: {getattr(rule, kind)!r} cannot be asked of {rule.column}, "
            f"which is of type {kept_as}"
        ) from error
    margin = np.where(verdict.judged, verdict.margin, np.nan)
    return verdict._replace(margin=margin, scale=verdict.scale or 1.0)


def _at_least(rows: Rows, rule: Rule, threshold: float) -> Verdict:
    values = _numbers(rows.column(str(rule.column)))
    margin = values - threshold
    return Verdict(margin >= 0, ~np.isnan(values), margin, abs(threshold))


def _at_most(rows: Rows, rule: Rule, threshold: float) -> Verdict:
    values = _numbers(rows.column(str(rule.column)))
    margin = threshold - values
    return Verdict(margin >= 0, ~np.isnan(values), margin, abs(threshold))


def _is_in(rows: Rows, rule: Rule, allowed: tuple[Scalar, ...]) -> Verdict:
    values = rows.column(str(rule.column))
    keep = pc.is_in(values, value_set=pa.array(allowed).cast(values.type))
    margin = np.full(len(values), np.nan)
    return Verdict(_truths(keep), _truths(values.is_valid()), margin, 1.0)


def _equals(rows: Rows, rule: Rule, wanted: Scalar) -> Verdict:
    return _is_in(rows, rule, (wanted,))


def _of_parent(rows: Rows, rule: Rule, ratio: float) -> Verdict:
    parents = _numbers(rows.of_parents(str(rule.column)))
    lowest = parents - (1 - ratio) * np.abs(parents)  # ratio x parent, where that is positive
    margin = _numbers(rows.column(str(rule.column))) - lowest
    judged = ~np.isnan(margin)
    scale = float(np.median(np.abs(parents[judged]))) if judged.any() else 1.0
    return Verdict(margin >= 0, judged, margin, scale)


def _top_share(rows: Rows, rule: Rule, share: float) -> Verdict:
    values = _numbers(rows.column(str(rule.column)))
    judged = ~np.isnan(values)
    count = round(share * judged.sum())
    lowest = np.sort(values[judged])[-count] if count else np.inf
    return Verdict(values >= lowest, judged, values - lowest, abs(lowest) if count else 1.0)


def _shared_by(rows: Rows, rule: Rule, limit: int) -> Verdict:  # noqa: ARG001
    frame = rows.pairs.select(["source", "lang", "caption", "image"]).to_pandas()
    images = frame.groupby(["source", "lang", "caption"])["image"].transform("nunique")
    margin = limit - images.to_numpy(np.float64)
    return Verdict(margin >= 0, np.ones(len(margin), np.bool_), margin, float(limit))


def _near_duplicates(rows: Rows, rule: Rule, limit: int) -> Verdict:
    frame = rows.pairs.select(["image", "source", "width", "height"]).to_pandas()
    frame["phash"] = rows.column("phash.phash").to_pylist()
    frame["row"] = np.arange(len(frame))
    rank = {source: place for place, source in enumerate(rule.order)}
    frame["place"] = frame["source"].map(rank).fillna(len(rank))
    frame["pixels"] = frame["width"] * frame["height"]
    best = frame.dropna(subset="phash").sort_values(
        ["place", "pixels", "image", "row"], ascending=[True, False, True, True]
    )
    best = best.drop_duplicates("image")  # one row for each image, from best to worst
    colours = rows.column("phash.colours") if rule.colours is not None else None
    leader, distance = duplicates.leaders(
        len(best),
        *duplicates.look_alikes(
            best["phash"].tolist(),
            limit,
            None if colours is None else colours.take(pa.array(best["row"], pa.int64())),
            rule.colours,
        ),
    )
    follows = leader != np.arange(len(best))
    gaps = dict(zip(best["image"][follows], distance[follows] - (limit + 1.0), strict=True))
    margin = frame["image"].map(gaps).to_numpy(np.float64)
    return Verdict(np.isnan(margin), frame["phash"].notna().to_numpy(), margin, limit + 1.0)


def _numbers(values: pa.Array) -> np.ndarray:
    """Values as float64 (truth values as 0 and 1), NaN where there is none."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return values.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _truths(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False).astype(np.bool_)


KINDS: dict[str, Callable[..., Verdict]] = {
    "at_least": _at_least,
    "at_most": _at_most,
    "equals": _equals,
    "is_in": _is_in,
    "of_parent": _of_parent,
    "top_share": _top_share,
    "shared_by": _shared_by,
    "near_duplicates": _near_duplicates,
}
WHOLE = ("top_share", "shared_by", "near_duplicates")  # compare rows with each other
WITHOUT_COLUMN = ("shared_by", "near_duplicates")
