"""What is known exactly of made pairs, since they were made so: schemas of the tables beside them.

A method that composes a picture knows its objects, their boxes and relations; one that rewrites
a caption knows which facts it states. These tables lie in the made set, `<name>.parquet`, and are
read as ground truth by the verifier, the labelers, the trainer and the report.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, sets, tables
from curate.dataset.tables import Table

OBJECTS = Table(
    pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),
            pa.field("object", pa.int32(), nullable=False),  # from 0, in the order of drawing
            pa.field("name", pa.string(), nullable=False),  # lemma, English
            pa.field("x1", pa.float32(), nullable=False),  # box, relative to the image, 0-1
            pa.field("y1", pa.float32(), nullable=False),
            pa.field("x2", pa.float32(), nullable=False),
            pa.field("y2", pa.float32(), nullable=False),
            pa.field("visible", pa.float32(), nullable=False),  # share of its pixels not covered
            pa.field("parent", pa.string(), nullable=False),  # uid of the pair that it is from
        ]
    ),
    ("image", "object"),
)
RELATIONS = Table(
    pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),
            pa.field("source", pa.int32(), nullable=False),  # object
            pa.field("relation", pa.string(), nullable=False),  # left of, above, on, in, ...
            pa.field("target", pa.int32(), nullable=False),  # object
        ]
    ),
    ("image", "source", "relation", "target"),
)
MENTIONS = Table(
    pa.schema(
        [
            pa.field("uid", pa.string(), nullable=False),
            pa.field("start", pa.int32(), nullable=False),  # characters from the caption's start
            pa.field("end", pa.int32(), nullable=False),  # one past the last character
            pa.field("object", pa.int32(), nullable=False),  # a row each for what a plural names
        ]
    ),
    ("uid", "start", "end", "object"),
)
FACTS = Table(
    pa.schema(
        [
            pa.field("uid", pa.string(), nullable=False),
            pa.field("fact", pa.int32(), nullable=False),  # from 0
            pa.field("kind", pa.string(), nullable=False),  # object, attribute, relation or count
            pa.field("subject", pa.string(), nullable=False),  # lemma of the object it is of
            pa.field("value", pa.string()),  # attribute, relation (lemmas) or number; else null
            pa.field("target", pa.string()),  # lemma of a relation's other object
        ]
    ),
    ("uid", "fact"),
)
"""Every fact that an English caption states and that holds in its picture, and no other."""
OBJECT, ATTRIBUTE, RELATION, COUNT = "object", "attribute", "relation", "count"  # kinds of facts


class Fact(NamedTuple):
    """A fact that a caption states, a row of `FACTS`."""

    kind: str
    subject: str  # lemma of the object it is of
    value: str | None = None  # attribute, relation (lemmas) or number
    target: str | None = None  # lemma of a relation's other object

    def words(self) -> str:
        """The fact as a person reads it: "small apple", "3 x lemon", "lemon under horse"."""
        if self.kind == COUNT:
            return f"{self.value} x {self.subject}"
        if self.kind == ATTRIBUTE:
            return f"{self.value} {self.subject}"
        return f"{self.subject} {self.value} {self.target}" if self.value else self.subject


COUNTERFACTUALS = Table(
    pa.schema(
        [
            pa.field("uid", pa.string(), nullable=False),
            pa.field("other", pa.string(), nullable=False),  # uid of the pair that it differs from
            pa.field("kind", pa.string(), nullable=False),  # object, attribute, relation or count
            pa.field("was", pa.string(), nullable=False),  # the fact in the other pair, in words
            pa.field("becomes", pa.string(), nullable=False),  # the fact in this pair, in words
        ]
    ),
    ("uid", "other"),
)
"""Pairs of one scene that differ in one fact: the caption of either is false of the other.

A set tells it of its own pairs; where the other is a pair of the pool, it is told of one of them
alone, and `twins` tells it of both.
"""


def twins(roots: Sequence[files.Place]) -> pa.Table:
    """Rows of `COUNTERFACTUALS` of every set below some folders, of both pairs each.

    Args:
        roots: folders; one need not be there.
    """
    told = of_sets(roots, "counterfactuals", COUNTERFACTUALS)
    turned = {"uid": "other", "other": "uid", "was": "becomes", "becomes": "was"}
    names = told.column_names
    back = told.select([turned.get(name, name) for name in names]).rename_columns(names)
    keys, others = (
        pc.binary_join_element_wise(*table.select(COUNTERFACTUALS.key).columns, " ")
        for table in (told, back)
    )
    new = back.filter(pc.invert(pc.is_in(others, value_set=keys)))
    return pa.concat_tables([told, new]).sort_by(
        [(key, "ascending") for key in COUNTERFACTUALS.key]
    )


def of_sets(roots: Sequence[files.Place], name: str, table: Table) -> pa.Table:
    """What is known of the pairs, or pictures, of every set below some folders.

    Of one that several sets hold, what the first knows of it, as in `parents.of_sets`.

    Args:
        roots: folders; one need not be there.
        name: of the table, `<name>.parquet` beside a set's pairs.
        table: its schema and key.
    """
    found = table.schema.empty_table()
    for folder in (f for root in roots if sets.any_in(root) for f in sets.folders(root)):
        file = folder / f"{name}.parquet"
        if file.is_file():
            rows = tables.conform(tables.read(file), table.schema, file)
            of = table.key[0]
            known = pc.is_in(rows.column(of), value_set=pc.unique(found.column(of)))
            found = pa.concat_tables([found, rows.filter(pc.invert(known))])
    return found
