"""Questions about pictures with their answers: the form of the labeler's table, and its kinds."""

import pyarrow as pa

from curate.dataset.tables import Table

LABELER = "questions"
YES, NO = "yes", "no"
YES_NO = ("object", "attribute", "count", "relation")  # kinds that are answered so
OPEN = ("colour", "tone", "number", "place", "action")
KINDS = YES_NO + OPEN
QUESTIONS = Table(
    pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),  # that it is asked of
            pa.field("question", pa.int32(), nullable=False),  # of the picture, from 0
            pa.field("text", pa.string(), nullable=False),  # English
            pa.field("answer", pa.string(), nullable=False),  # yes, no, or a word or two
            pa.field("kind", pa.string(), nullable=False),  # one of KINDS
            pa.field("how", pa.string(), nullable=False),  # caption, negative, scene, twin, others
            pa.field("uid", pa.string(), nullable=False),  # pair that the answer follows from
        ]
    ),
    ("image", "question"),
)
"""Questions whose answers are certain.

`how` says from what: a caption's scene graph; a hard negative of it, with its proof; a composed
picture all of whose objects are known (scene); two of these that differ in one fact (twin); or
what such a picture cannot show beside the others (others).
"""
