"""Schemas of the tables of negatives; three of them tell what was learnt of the pool."""

import pyarrow as pa

from curate.dataset.tables import Table

NEGATIVES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("negative", pa.int32(), nullable=False),  # from 0
        pa.field("lang", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # object, attribute, relation or count
        pa.field("how", pa.string(), nullable=False),  # group of words, attributes, objects, noun
        pa.field("caption", pa.string(), nullable=False),  # false of the picture
        pa.field("starts", pa.list_(pa.int32()), nullable=False),  # edits of the pair's caption
        pa.field("ends", pa.list_(pa.int32()), nullable=False),
        pa.field("texts", pa.list_(pa.string()), nullable=False),
        pa.field("was", pa.string(), nullable=False),  # the fact that the pair's caption states
        pa.field("becomes", pa.string(), nullable=False),  # the one that the negative states
        pa.field("proof", pa.string(), nullable=False),  # why both cannot hold
        pa.field("twin", pa.string(), nullable=False),  # says what the pair's caption says
        pa.field("twin_negative", pa.string(), nullable=False),  # says what the negative says
        pa.field("twin_by", pa.string(), nullable=False),  # word, order or frame
    ]
)
ATTACKERS = pa.schema(
    [
        pa.field("lang", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("said", pa.string(), nullable=False),  # in the words of the caption or the twin
        pa.field("attacker", pa.string(), nullable=False),  # length, ngrams, articles, spacing
        pa.field("found", pa.int64(), nullable=False),  # negatives with a proof
        pa.field("before", pa.float64(), nullable=False),  # share right of those, 0-1
        pa.field("kept", pa.int64(), nullable=False),
        pa.field("after", pa.float64(), nullable=False),  # share right of those kept
    ]
)
SHARES = pa.schema(
    [
        pa.field("lang", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("signs", pa.string(), nullable=False),  # what the attackers say
        pa.field("share", pa.float64(), nullable=False),  # of such negatives that is kept
    ]
)
BIGRAMS = pa.schema(
    [
        pa.field("lang", pa.string(), nullable=False),
        pa.field("first", pa.string(), nullable=False),
        pa.field("second", pa.string(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)
NOUNS = pa.schema([pa.field("noun", pa.string(), nullable=False)])
TABLES = {
    "negatives": Table(NEGATIVES, ("uid", "negative")),
    "attackers": Table(ATTACKERS, ("lang", "kind", "said", "attacker")),
    "shares": Table(SHARES, ("lang", "kind", "signs")),
    "bigrams": Table(BIGRAMS, ("lang", "first", "second")),
    "nouns": Table(NOUNS, ("noun",)),
}
"""The last three are what is learnt of the pool; negatives of made pairs follow them."""
