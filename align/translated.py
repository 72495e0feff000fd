"""Captions that are told of a further picture in; whether the corpus itself bears them out, out.

The recipe of such a pair names the pair that its caption is of. The corpus bears it out where that
is one of the pair's parents and says the same to the letter, in the same language, and where one
English caption is said of both pictures: that of its first parent, whose picture it is, and one
beside the caption.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from curate.dataset import tables
from curate.dataset.languages import primary

_ARTICLE = ("a ", "an ", "the ")
_OF = "of"  # the recipe's name of the pair that a caption is of

Row = dict[str, Any]


def judge(pairs: pa.Table, parents: Mapping[str, Sequence[str]], pool: pa.Table) -> dict[str, bool]:
    """Uid -> whether the corpus bears a caption out, of pairs whose recipe says of what it is.

    Args:
        pairs: made ones, schema `sets.LOCATED`.
        parents: uid -> uids of all parents, in their order.
        pool: the pairs they were made from, schema `sets.LOCATED`.
    """
    asked = [(row, of) for row in pairs.to_pylist() if (of := _named(row["recipe"]))]
    wanted = {of for _, of in asked} | {row["parent"] for row, _ in asked}
    known = {row["uid"]: row for row in tables.rows_with(pool, "uid", sorted(wanted)).to_pylist()}
    pictures = sorted({known[of]["image"] for _, of in asked if of in known})
    english: defaultdict[str, set[str]] = defaultdict(set)
    for row in tables.rows_with(pool, "image", pictures).to_pylist():
        if primary(row["lang"]) == "en":
            english[row["image"]].add(_plain(row["caption"]))
    found = {}
    for row, of in asked:
        first, other = known.get(row["parent"]), known.get(of)
        named = of in parents.get(row["uid"], ())
        found[row["uid"]] = (
            named
            and first is not None
            and other is not None
            and _quoted(row, other)
            and _same(row, first, english[other["image"]])
        )
    return found


def _named(recipe: str | None) -> str | None:
    """The pair that a caption is of, where its recipe says so."""
    return json.loads(recipe).get(_OF) if recipe else None


def _quoted(row: Row, other: Row) -> bool:
    """Whether a caption is another pair's, in its language."""
    return (row["caption"], row["lang"]) == (other["caption"], other["lang"])


def _same(row: Row, first: Row, beside: set[str]) -> bool:
    """Whether the picture is its first parent's, whose English caption is one of those beside."""
    of_picture = row["image"] == first["image"] and primary(first["lang"]) == "en"
    return of_picture and _plain(first["caption"]) in beside


def _plain(caption: str) -> str:
    """A caption without case, article and final mark."""
    text = " ".join(caption.casefold().split()).rstrip(".! ")
    return next((text.removeprefix(word) for word in _ARTICLE if text.startswith(word)), text)
