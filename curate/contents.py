"""A manifest in; what its datasheet and its card say of the pairs, counted, out.

Personal facts are looked for in captions by their form: e-mail and web addresses, IP addresses and
telephone numbers (`+` and 8 or more digits). A form misses some, and finds some that are none.
Faces are looked for, in pictures, where a detector is given (`curate.blur`).
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset.overlay import with_originals

PERSONAL = {  # what a caption may hold -> its form (RE2)
    "with an e-mail address": r"[\w.+-]+@[\w-]+(\.[\w-]+)+",
    "with a web address": r"(?i)\b(https?://|www\.)\S",
    "with an IP address": r"\b(\d{1,3}\.){3}\d{1,3}\b",
    "with a telephone number": r"\+\d([ ()/.-]{0,2}\d){7,}",
}
_UNKNOWN = "unknown"


class Contents(NamedTuple):
    """What is in a manifest."""

    pairs: int
    captions: int  # different ones
    made: int
    without: dict[str, int]  # column that may be empty -> pairs that lack it
    personal: dict[str, int]  # of `PERSONAL` -> pairs whose caption holds it
    blurred: int  # pairs in whose pictures faces were blurred
    origins: list[dict[str, Any]]  # source, licence, pairs, images; most pairs first


def count(tables: Iterable[pa.Table]) -> Contents:
    """Count the rows of a manifest.

    Args:
        tables: its rows, schema `record.MANIFEST`, in pieces.
    """
    pairs, made, blurred = 0, 0, 0
    without, personal = Counter[str](), Counter[str](dict.fromkeys(PERSONAL, 0))
    captions: set[str] = set()
    keyed = []
    for rows in tables:
        pairs += rows.num_rows
        made += rows.num_rows - rows.column("parent").null_count
        other = pc.not_equal(with_originals(rows).column("image"), rows.column("image"))
        blurred += pc.sum(other).as_py() or 0
        for name in ("url", "page", "licence"):
            without[name] += rows.column(name).null_count
        for name, form in PERSONAL.items():
            held = pc.match_substring_regex(rows.column("caption"), form)
            personal[name] += pc.sum(held).as_py() or 0
        captions.update(pc.unique(rows.column("caption")).to_pylist())
        licence = pc.fill_null(rows.column("licence"), _UNKNOWN)
        columns = [rows.column("source"), licence, rows.column("image")]
        keyed.append(pa.table(columns, names=["source", "licence", "image"]))
    whole = pa.concat_tables(keyed)
    counted = whole.group_by(["source", "licence"]).aggregate(
        [("image", "count"), ("image", "count_distinct")]
    )
    origins = [
        {"source": s, "licence": lic, "pairs": n, "images": images}
        for s, lic, n, images in zip(
            *(
                counted.column(c).to_pylist()
                for c in ("source", "licence", "image_count", "image_count_distinct")
            ),
            strict=True,
        )
    ]
    origins.sort(key=lambda row: (-row["pairs"], row["source"], row["licence"]))
    return Contents(pairs, len(captions), made, dict(without), dict(personal), blurred, origins)


def missing(found: Contents) -> list[str]:
    """What pairs lack, in sentences."""
    words = {"url": "where their picture is from", "page": "a page that showed it"}
    words["licence"] = "a licence"
    whole = [f"{words[name]} (`{name}`)" for name, lacking in found.without.items() if not lacking]
    said = [
        f"{lacking:,} of {found.pairs:,} pairs do not name {words[name]} (`{name}`)."
        for name, lacking in found.without.items()
        if lacking
    ]
    return [*([f"All pairs name {', '.join(whole)}."] if whole else []), *said]


def personal(found: Contents) -> list[str]:
    """What was found of people in captions and pictures, in sentences."""
    held = ", ".join(f"{n:,} {name}" if n else f"none {name}" for name, n in found.personal.items())
    faces = "Faces were not looked for, or none was found."
    if found.blurred:
        faces = f"Faces were blurred in the pictures of {found.blurred:,} of the pairs."
    return [f"Captions were searched by form: of {found.pairs:,}, {held}. {faces}"]
