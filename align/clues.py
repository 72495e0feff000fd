"""Pairs and what their plain nouns mean in; what tells the senses of other nouns apart, out.

Three things are known of a noun beside its caption. The *place* of its picture: the folders of its
URL, and the names of what its picture is known to show (an emoji's group). The *topic* of its
source, which tells the predominant sense in a collection (McCarthy et al., 2004): the words that
define the nouns there that have one sense only, a vector of weights log(1 + uses) x inverse
document frequency. The *look* of its picture: the cosine of its embedding and the mean embedding
of the pictures that show a field of meaning (WordNet's files, such as noun.animal), again by
nouns with one sense, all with the mean of the pool's pictures taken off. Topics and looks are
learnt of the pool and told of in tables, by which made pairs are labelled, too.
"""

import math
import re
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from align.descriptions import Descriptions
from curate.dataset.wordnet import WordNet

TOPICS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("word", pa.string(), nullable=False),  # base form
        pa.field("weight", pa.float32(), nullable=False),  # a source's are of unit length
    ]
)
LOOKS = pa.schema(
    [
        pa.field("field", pa.string(), nullable=False),  # of meaning: noun.animal; or `mean`
        pa.field("images", pa.int64(), nullable=False),  # that it is the mean of
        pa.field("centre", pa.list_(pa.float32()), nullable=False),  # of `mean`: what is taken off
    ]
)
MEAN = "mean"
_NOUNS = 100  # with one sense, from which on their source has a topic
_USES = 2  # of a word, from which on it belongs to a topic
_IMAGES = 5  # of a field, from which on its look is known
_DECIMALS = 4  # of a cosine, so that it is the same on every machine
_BLOCK = 1 << 16  # pictures whose vectors are held in double precision at once
# What folders and groups are called whatever lies in them.
_PLAIN = frozenset(
    ["file", "html", "image", "object", "other", "package", "picture", "share", "symbol", "upload"]
)

Topics = Mapping[str, Mapping[str, float]]


def place(url: str, names: Iterable[str], told: Descriptions) -> frozenset[str]:
    """Words of where a picture was found, and of what it is known to show.

    Args:
        url: of the picture, a package's file or a page's.
        names: of what it is a kind or a member of, as a knowledge graph says.
        told: descriptions of synsets.
    """
    parts = urllib.parse.urlsplit(url)
    path = parts.fragment if parts.scheme == "pkg" else parts.path
    folders = urllib.parse.unquote(path.rpartition("/")[0])
    return told.words(re.sub(r"[\W_]+", " ", " ".join([folders, *names]))) - _PLAIN


def topics(meant: Iterable[tuple[str, str]], told: Descriptions) -> Topics:
    """The topic of each source: word -> weight, of unit length.

    Args:
        meant: source and synset of each use of a noun that has one sense.
        told: descriptions of synsets.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    nouns: Counter[str] = Counter()
    for source, id_ in meant:
        counts[source].update(told.of(id_, 1))
        nouns[source] += 1
    found = {}
    for source, words in sorted(counts.items()):
        if nouns[source] < _NOUNS:
            continue
        weights = {
            word: math.log1p(count) * told.weight(word)
            for word, count in sorted(words.items())
            if count >= _USES
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        found[source] = {word: weight / length for word, weight in weights.items()}
    return found


def looks(
    meant: Iterable[tuple[str, str]], images: pa.Table, database: WordNet
) -> dict[str, tuple[int, np.ndarray]]:
    """The look of each field of meaning: how many pictures show it, and their mean `(D,)`.

    Args:
        meant: image and synset of each use of a noun that has one sense.
        images: their embeddings, of unit length: image, vector.
        database: WordNet.
    """
    shown = sorted({(database.synset(id_).lexfile, image) for image, id_ in meant})
    names, vectors = embedded(images)
    if not len(names):
        return {}
    at = {name: row for row, name in enumerate(names)}
    mean = vectors.mean(0, dtype=np.float64)
    found = {MEAN: (len(names), mean)}
    for field in sorted({field for field, _ in shown}):
        rows = [at[image] for own, image in shown if own == field and image in at]
        if len(rows) >= _IMAGES:
            found[field] = (len(rows), _centred(vectors[rows], mean).mean(0))
    return found


def seen(
    names: Iterable[str], images: pa.Table, known: Mapping[str, tuple[int, np.ndarray]]
) -> dict[str, dict[str, float]]:
    """Of each of these images that has an embedding: field of meaning -> cosine.

    Args:
        names: of the images.
        images: embeddings: image, vector.
        known: what `looks` found.
    """
    if MEAN not in known:
        return {}
    wanted = set(names)
    rows, vectors = embedded(images)
    chosen = [row for row, name in enumerate(rows) if name in wanted]
    mean = known[MEAN][1]
    fields = sorted(set(known) - {MEAN})
    if not chosen or not fields:
        return {}
    centres = np.stack([known[field][1] for field in fields])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-12
    found = {}
    for start in range(0, len(chosen), _BLOCK):
        some = chosen[start : start + _BLOCK]
        cosines = np.round(_centred(vectors[some], mean) @ centres.T, _DECIMALS)
        for row, cosine in zip(some, cosines.tolist(), strict=True):
            found[rows[row]] = dict(zip(fields, cosine, strict=True))
    return found


def embedded(images: pa.Table) -> tuple[list[str], np.ndarray]:
    """Names and vectors (N, D) of a table of embeddings."""
    column = images.column("vector").combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False)
    width = len(flat) // len(column) if len(column) else 0
    return images.column("image").to_pylist(), flat.reshape(len(column), width)


def topics_table(found: Topics) -> pa.Table:
    """The table of topics, schema `TOPICS`."""
    rows = [
        {"source": source, "word": word, "weight": weight}
        for source, words in found.items()
        for word, weight in words.items()
    ]
    return pa.Table.from_pylist(rows, TOPICS)


def looks_table(found: Mapping[str, tuple[int, np.ndarray]]) -> pa.Table:
    """The table of looks, schema `LOOKS`."""
    rows = [
        {"field": field, "images": count, "centre": centre.astype(np.float32)}
        for field, (count, centre) in found.items()
    ]
    return pa.Table.from_pylist(rows, LOOKS)


def topics_of(table: pa.Table) -> dict[str, dict[str, float]]:
    """Topics from their table."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in table.to_pylist():
        found[row["source"]][row["word"]] = row["weight"]
    return dict(found)


def looks_of(table: pa.Table) -> dict[str, tuple[int, np.ndarray]]:
    """Looks from their table."""
    return {
        row["field"]: (row["images"], np.array(row["centre"], np.float64))
        for row in table.to_pylist()
    }


def _centred(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Vectors (n, D) with a mean taken off, of unit length."""
    apart = vectors.astype(np.float64) - mean
    return np.asarray(apart / (np.linalg.norm(apart, axis=1, keepdims=True) + 1e-12))
