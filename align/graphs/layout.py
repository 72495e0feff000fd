"""The graph of a snapshot on disk: which tables of nodes and edges there are, and who is in which.

    concepts.parquet             every concept with its counts
    ontology.parquet             edges between concepts: kind of, part of, ...
    together.parquet             how many pictures show two concepts that their captions name
    parts/00/nodes.parquet       pictures, captions, phrases and regions, sorted by kind
    parts/00/edges.parquet       between them
    parts/00/mentions.parquet    edges from phrases to concepts, with the caption and the picture

A part holds whole pictures: all that is said and seen of one, so that a part is a graph of its own
and counts of pictures add up. A picture's part is the beginning of its name, which is a hash. A
node is named by what it is: a picture and a caption as in the manifest, phrase and region by these
and their number (`<uid>/2`, `<image>/0`), a concept by its synset or as its graph has it
(`countries:FR`), or `word:<lemma>` where no meaning is known.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

IMAGE, CAPTION, PHRASE, REGION, CONCEPT = "image", "caption", "phrase", "region", "concept"
DESCRIBES, IN, ATTRIBUTE, RELATION = "describes", "in", "attribute", "relation"
MEANS, SHOWN, MADE, CARRIED = "means", "shown in", "made from", "carried from"
KIND_OF, SAME, DEPICTS = "kind of", "same as", "depicts"
WORD = "word:"  # begins the name of a concept that is a word without a meaning
MANY = 1 << 12  # the most parts

NODES = pa.schema(
    [
        pa.field("node", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # image, caption, phrase or region
        pa.field("text", pa.string()),  # a caption; a phrase's words; a region's class
        pa.field("lemma", pa.string()),  # of a phrase
        pa.field("role", pa.string()),  # of a phrase: object or attribute
        pa.field("quantifier", pa.string()),  # of a phrase: digits, or a word
        pa.field("start", pa.int32()),  # of a phrase: characters from the caption's start
        pa.field("end", pa.int32()),
        pa.field("lang", pa.string()),  # of a caption, as its source and split
        pa.field("source", pa.string()),
        pa.field("split", pa.string()),
        pa.field("x1", pa.float32()),  # of a region, relative to the picture, 0-1
        pa.field("y1", pa.float32()),
        pa.field("x2", pa.float32()),
        pa.field("y2", pa.float32()),
    ]
)
EDGES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("label", pa.string()),  # of a relation: its lemma
        pa.field("score", pa.float32()),  # of a phrase shown in a region
    ]
)
"""caption describes image; phrase in caption; region in image; phrase (object) attribute phrase;
phrase relation phrase; phrase shown in region; caption made from caption, whose part may be
another; caption carried from caption, whose phrases say what this one in another language says;
image depicts concept, known by its file; concept kind of, same as, part of, ... concept."""
MENTIONS = pa.schema(
    [
        pa.field("concept", pa.string(), nullable=False),
        pa.field("phrase", pa.string(), nullable=False),
        pa.field("caption", pa.string(), nullable=False),
        pa.field("image", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # of the phrase: object or attribute
    ]
)
CONCEPTS = pa.schema(
    [
        pa.field("concept", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # dog.n.01, or the word
        pa.field("gloss", pa.string()),
        pa.field("field", pa.string()),  # of meaning: noun.animal
        pa.field("words", pa.list_(pa.string()), nullable=False),  # of captions, commonest first
        pa.field("phrases", pa.int64(), nullable=False),
        pa.field("captions", pa.int64(), nullable=False),
        pa.field("pictures", pa.int64(), nullable=False),
        pa.field("pictures_below", pa.int64(), nullable=False),  # of it or of any kind of it
    ]
)
TOGETHER = pa.schema(
    [
        pa.field("concept", pa.string(), nullable=False),  # the lesser name of the two
        pa.field("other", pa.string(), nullable=False),
        pa.field("pictures", pa.int64(), nullable=False),
    ]
)


def parts(captions: int, per_part: int) -> int:
    """How many parts hold so many captions: a power of two, so that a part splits into two."""
    number = 1
    while number < MANY and captions > number * per_part:
        number *= 2
    return number


def part_of(images: pa.ChunkedArray, number: int) -> np.ndarray:
    """The part of each picture, by its name; `(n,)`."""
    begins = pc.utf8_slice_codeunits(images, 0, 4).combine_chunks().dictionary_encode()
    places = [int(four, 16) * number >> 16 for four in begins.dictionary.to_pylist()]
    return np.array(places, np.int64)[begins.indices.to_numpy()]


def begins(part: int, number: int) -> str:
    """Where a part begins in the order of the pictures' names; after the last: the end of all."""
    return f"{part * (1 << 16) // number:04x}" if part < number else "g"


def folder(root: Path, part: int) -> Path:
    """The folder of a part's tables."""
    return root / "parts" / f"{part:02d}"


def numbered(names: pa.ChunkedArray | pa.Array, numbers: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Names of phrases, by their captions, or of regions, by their pictures."""
    return pc.binary_join_element_wise(names, pc.cast(numbers, pa.string()), "/")
