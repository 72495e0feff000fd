"""A rule as params.yaml says it, and the verdict that every kind of rule gives on N rows.

A rule names exactly one of these kinds. Values are in the units of the rule's `column`; a margin is
zero or more where the rule is kept, less than zero where it is failed. A rule that looks at a row
alone is asked about every row, so that a row has its margin to each such threshold whatever dropped
it. One that compares rows (top_share, cap, balance, shared_by, near_duplicates, a sample of a
number) is asked about those that no earlier rule dropped: only among them has it a threshold, and
to a row that it never met it gives no margin.

    at_least         value >= threshold; margin = value - threshold
    at_most          value <= threshold; margin = threshold - value
    between          low <= value <= high; margin = distance to the nearer end, < 0 outside
    equals, is_in    value is (one of) the given; no margin
    of_parent        value has lost at most (1 - ratio) of the size of the parent's value; margin =
                     value - (parent's value - (1 - ratio) x |parent's value|)
    exclude_leaks    in no evaluation set, in none of these ways; no margin
    top_share        value is among the highest share of all rows asked about, or of those of its
                     group (`per`); margin = value - lowest value of that share, and none where
                     the share is of no row; rows of equal value are kept together
    sample           a share (up to 1) of the rows, or so many of them, by a hash of the uid, so
                     that the choice stays when other rows come and go; margin = share - draw from
                     0 to 1, or number - place
    cap              of rows of one value of `by` only so many stay, the first in `order`;
                     margin = number - place
    balance          an entry that the caption names is drawn, where too many captions name the same
                     (`balance`); margin = highest chance - draw of its entries, and none where it
                     names none
    shared_by        the caption stands beside at most that many images of its source (one that
                     stands beside more describes none of them); margin = limit - images
    near_duplicates  of images within that Hamming distance (bits) only the best stays, with all
                     its captions; margin = distance to the better one - (limit + 1), and none
                     where there is no better one
    all_of, any_of   all, or at least one, of the named rules keep the row; margin = the lowest, or
                     highest, of theirs, each as a share of its threshold. A rule that has no
                     answer for a row (another source, no value) has no say in it.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from curate import hamming
from curate.duplicates import Levels
from curate.stage.params import parameters

Scalar = bool | int | float | str
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


@parameters
class Cap:
    """How many rows of one cluster stay."""

    by: str  # column whose values name the clusters
    at_most: Count  # pairs of each cluster
    order: tuple[str, ...] = ()  # columns, highest value first, -column lowest first; then by draw


@parameters
class Balance:
    """How many captions may name the same thing."""

    entries: str  # file with an entry on each line, or WordNet: its folder or package's archive
    at_most: Count  # captions that an entry brings in, on average
    whole_words: bool = True  # false for languages that put no space between words


@parameters
class Rule:
    """A rule as params.yaml says it; what is not set is null."""

    column: str | None = None  # <scorer>.<column>, or pairs.<column of the set itself>
    at_least: Number | None = None  # units of the column
    at_most: Number | None = None  # units of the column
    between: tuple[Number, Number] | None = None  # units of the column, both ends kept
    equals: Scalar | None = None  # a value of the column
    is_in: Annotated[tuple[Scalar, ...], Field(min_length=1)] | None = None  # values of the column
    of_parent: Number | None = None  # ratio to the parent's value
    # exact, near, mirrored, cropped, holding: of leakage; semantic, caption: of those beside it
    exclude_leaks: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    top_share: Annotated[float, Field(ge=0, le=1)] | None = None  # share of the rows, 0 to 1
    sample: Number | None = None  # up to 1: share of the rows; above: their number
    cap: Cap | None = None
    balance: Balance | None = None
    shared_by: Count | None = None  # images
    near_duplicates: hamming.Distance | None = None  # bits of 64
    all_of: "dict[str, Rule | None] | None" = None  # rules by name; null: switched off
    any_of: "dict[str, Rule | None] | None" = None  # rules by name; null: switched off
    per: str | None = None  # top_share, sample: column, each value of which is a group of its own
    seed: int = 0  # sample, cap, balance: of the draws
    colours: Levels | None = None  # near_duplicates: mean difference, 0 to 255
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


def numbers(values: pa.Array) -> np.ndarray:
    """Values as float64 (truth values as 0 and 1), NaN where there is none."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return values.cast(pa.float64()).to_numpy(zero_copy_only=False)


def truths(values: pa.Array) -> np.ndarray:
    """Truth values as bool, false where there is none."""
    return values.fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
