"""Two versions in; of every pair that only one of them holds, why the other does not, out.

A pair that is absent from a version has exactly one cause, the first that holds:

    split       it was kept, but its split, or its parent's, keeps it out; name: the reason
    refused     it was kept, but the snapshot refused it for another reason, which is the name
    rule        a rule dropped it; name: the rule
    undecided   it was found, but the filter has not seen it
    parent      a pair that it is made from is absent too; name: the cause of the first such one
    making      it was not made, though its parent is there; name: the method
    source      it was not found; name: the source
    unknown     the version's tables are not at hand

`why` says what changed beside the version that holds the pair.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curate.comparing.version import Version
from curate.dataset import tables
from curate.dataset.errors import ParamsError
from curate.dataset.overlay import with_originals
from curate.rules import asking
from curate.rules.rule import Rule
from curate.stage.params import build

RULE, PARENT, MAKING, SOURCE, SPLIT = "rule", "parent", "making", "source", "split"
RULE_ABSENT, RULE_CHANGED = "the rule is only in one", "the rule changed"
OTHER_SCORE, OTHER_PAIRS = "its score changed", "what it is compared with changed"
OTHER_CODE, EITHER = "the rule's code changed", "its score or the rule's code changed"
NO_SOURCE, OTHER_PICTURE = "the source is only in one", "other picture at its URL"
OTHER_CAPTION, NOT_FOUND = "other caption of its picture", "not found in the source"
NO_METHOD, NOT_DRAWN = "the method is only in one", "not made of this parent, or otherwise"
_OF_SPLIT = ("no split", "parent not in train", "image held out")  # of `curate.manifest`
_LOST = "lost parent"  # column, while causes are looked for
_NAMED = ("image", "recipe")  # columns that tell a picture's name of before it was blurred
_DOUBLINGS = 8  # of the steps up a line of made pairs: lines of up to 256


def absent(here: Version, there: Version) -> pd.DataFrame:
    """Why pairs are absent.

    Args:
        here: the version that lacks them.
        there: the version that holds them.

    Returns:
        The rows of `there`'s manifest that `here` does not hold, with cause, name, why, and
        margin_here and margin_there, the pair's margins to the rule that drops it, NaN where there
        is none.
    """
    uids = there.rows.column("uid")
    gone = pc.invert(pc.is_in(uids, value_set=here.rows.column("uid").combine_chunks()))
    rows = there.rows.filter(gone)
    frame = rows.to_pandas()
    text = np.full(len(frame), "", object)
    frame["cause"], frame["name"], frame["why"] = "unknown", text, text
    frame["margin_here"] = frame["margin_there"] = np.nan
    if frame.empty:
        return frame
    made = frame["parent"].notna().to_numpy()
    frame[_LOST] = _lost_parents(frame, here, there)
    orphan = frame[_LOST].notna().to_numpy()
    if here.data is None:
        _set(frame, orphan, PARENT)
    else:
        known = _within(frame["uid"], here.pairs.column("uid"))
        _set(frame, ~known & ~made, SOURCE, frame["source"])
        _set(frame, ~known & made, MAKING, frame["source"])
        _set(frame, ~known & orphan, PARENT)
        _set(frame, known, "undecided")
        _ruled(frame, here)
        _refused(frame, here)
        _explain_sources(frame, here)
        _explain_made(frame, here)
        _explain_rules(frame, here, there)
    _name_parents(frame)
    return frame.drop(columns=_LOST)


def _lost_parents(frame: pd.DataFrame, here: Version, there: Version) -> list[str | None]:
    """Of each pair the first parent that is absent; None where none is, or it was not made."""
    of = [there.parents.get(uid, []) for uid in frame["uid"]]
    asked = sorted({parent for parents in of for parent in parents})
    held = set(tables.rows_with(here.rows, "uid", asked).column("uid").to_pylist())
    return [next((one for one in parents if one not in held), None) for parents in of]


def _set(frame: pd.DataFrame, rows: np.ndarray, cause: str, name: pd.Series | str = "") -> None:
    frame.loc[rows, "cause"] = cause
    frame.loc[rows, "name"] = name[rows] if isinstance(name, pd.Series) else name


def _within(values: pd.Series, known: pa.ChunkedArray) -> np.ndarray:
    return _places(values, known) >= 0


def _places(values: pd.Series, known: pa.ChunkedArray) -> np.ndarray:
    """Where each value first stands among the known ones; -1 where it does not."""
    found = pc.index_in(pa.array(values, pa.string()), value_set=known.combine_chunks())
    return found.fill_null(-1).to_numpy()


def _ruled(frame: pd.DataFrame, here: Version) -> None:
    place = _places(frame["uid"], here.decisions.column("uid"))
    ruled = here.decisions.take(pa.array(np.maximum(place, 0))).to_pandas()
    dropped = (place >= 0) & ~ruled["kept"].to_numpy(bool)
    _set(frame, dropped, RULE, ruled["reason"])
    frame.loc[dropped, "margin_here"] = ruled["margin"][dropped]


def _refused(frame: pd.DataFrame, here: Version) -> None:
    place = _places(frame["uid"], here.refused.column("item"))
    if not (held := place >= 0).any():
        return
    reasons = here.refused.column("reason").take(pa.array(np.maximum(place, 0))).to_pandas()
    _set(frame, held, "refused", reasons)
    _set(frame, held & reasons.isin(_OF_SPLIT).to_numpy(bool), SPLIT, reasons)
    of_parent = held & reasons.str.startswith("parent").to_numpy(bool)
    _set(frame, of_parent & frame[_LOST].notna().to_numpy(), PARENT)


def _explain_sources(frame: pd.DataFrame, here: Version) -> None:
    lost = frame[frame["cause"] == SOURCE]
    if lost.empty:
        return
    named = {name: pa.array(lost[name], pa.string()) for name in _NAMED}
    originals = with_originals(pa.table(named)).column("image").to_pandas()
    held = _within(originals, here.pairs.column("image"))
    same_url = _within(_joined(lost, "url"), _addresses(here.pairs, "url"))
    refused, reason = _refused_by_crawl(lost, here)
    why = np.select(
        [
            refused & ~held,
            ~_within(lost["source"], here.pairs.column("source")),
            held,
            same_url & lost["url"].notna().to_numpy(),
        ],
        ["refused by the crawl: " + reason, NO_SOURCE, OTHER_CAPTION, OTHER_PICTURE],
        NOT_FOUND,
    )
    frame.loc[lost.index, "why"] = why


def _refused_by_crawl(lost: pd.DataFrame, here: Version) -> tuple[np.ndarray, np.ndarray]:
    """Which pairs' picture, or else page, the crawl refused, and for what reason."""
    if not here.lost.num_rows:
        return np.zeros(len(lost), bool), np.full(len(lost), "", object)
    items = _addresses(here.lost, "item")
    place = _places(_joined(lost, "url"), items)
    place = np.where(place < 0, _places(_joined(lost, "page"), items), place)
    reasons = here.lost.column("reason").take(pa.array(np.maximum(place, 0)))
    return place >= 0, reasons.to_numpy().astype(object)


def _joined(frame: pd.DataFrame, column: str) -> pd.Series:
    """Source and another column of each row, as one text."""
    return frame["source"] + "\0" + frame[column].fillna("")


def _addresses(table: pa.Table, column: str) -> pa.ChunkedArray:
    """As `_joined`."""
    values = pc.fill_null(table.column(column), "")
    return pc.binary_join_element_wise(table.column("source"), values, "\0")


def _explain_made(frame: pd.DataFrame, here: Version) -> None:
    rows = frame["cause"] == MAKING
    known = _within(frame.loc[rows, "source"], here.pairs.column("source"))
    frame.loc[rows, "why"] = np.where(known, NOT_DRAWN, NO_METHOD)


def _explain_rules(frame: pd.DataFrame, here: Version, there: Version) -> None:
    """Margins then, and why a rule drops what it, or its absence, kept in the other version."""
    dropped = frame[frame["cause"] == RULE]
    held = there.margins(pa.array(dropped["uid"], pa.string())) if there.data else None
    parts: list[tuple[Any, pd.DataFrame]] = list(
        dropped.groupby(["name", dropped["parent"].notna()])
    )
    for (name, made), rows in parts:
        if held is not None and held.num_rows:
            place = _places(rows["uid"], held.column("uid"))
            margins = pc.map_lookup(held.column("margins"), pa.scalar(name), "first").to_pandas()
            then = margins.to_numpy(float)[np.maximum(place, 0)]
            frame.loc[rows.index, "margin_there"] = np.where(place >= 0, then, np.nan)
        ours, theirs = here.rules(made), there.rules(made)
        if ours is not None and theirs is not None:
            why = _why(name, ours, theirs, frame.loc[rows.index])
            frame.loc[rows.index, "why"] = why


def _why(
    name: str, ours: dict[str, Any], theirs: dict[str, Any], rows: pd.DataFrame
) -> np.ndarray | str:
    if (name in ours) != (name in theirs):
        return RULE_ABSENT
    if ours.get(name) != theirs.get(name):
        return RULE_CHANGED
    if name in ours and _compares(ours[name], name):
        return OTHER_PAIRS
    now, then = rows["margin_here"], rows["margin_there"]
    unknown = now.isna() | then.isna()
    return np.select([unknown, now == then], [EITHER, OTHER_CODE], OTHER_SCORE)


def _compares(values: Any, name: str) -> bool:
    """Whether a rule compares pairs; false for one that this version of the code cannot read."""
    try:
        return asking.compares(build(Rule, values, name), name)
    except ParamsError:
        return False


def _name_parents(frame: pd.DataFrame) -> None:
    """Give what was made from absent pairs the cause of the first of them that was not made so."""
    uids = pa.chunked_array([pa.array(frame["uid"], pa.string())])
    orphan = (frame["cause"] == PARENT).to_numpy()
    label = (frame["cause"] + " " + frame["name"]).str.strip().to_numpy(object)
    parent, own = _places(frame[_LOST], uids), np.arange(len(frame))
    root = np.where(orphan & (parent >= 0), parent, own)
    for _ in range(_DOUBLINGS):
        root = root[root]
    frame.loc[orphan, "name"] = label[root][orphan]
