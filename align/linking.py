"""Objects of scene graphs in; the WordNet nouns that they are, each in its sense, out.

An object is looked up with as many of its attributes before it as name a kind of it (`great
blue heron` is a heron, `old man` is none in WordNet's sense), then by its own lemma, then by the
last word of that. How the sense is chosen is said in `align.senses`. What WordNet lacks, and
attributes, are not linked.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from align import senses
from align.clues import Topics
from align.scenegraph import OBJECT
from align.senses import Clues
from curate.dataset import wordnet
from curate.dataset.wordnet import NOUN, WordNet


class Mention(NamedTuple):
    """An object in its caption: all that its sense depends on."""

    caption: str
    lemma: str
    start: int
    end: int
    attributes: tuple[int, ...]  # where its attributes before it start, in order
    source: str = ""  # of the pair
    place: tuple[str, ...] = ()  # words of where the picture was found, sorted
    looks: tuple[tuple[str, float], ...] = ()  # field of meaning and cosine of the picture


class Found(NamedTuple):
    """What a mention was found to mean."""

    lemma: str
    sense: senses.Sense


def link_all(mentions: Sequence[Mention], folder: Path, topics: Topics) -> list[Found | None]:
    """Meanings of some mentions, by the WordNet files of a folder and the topics of sources."""
    database = wordnet.open_folder(folder)
    return [link(mention, database, topics) for mention in mentions]


def link(mention: Mention, database: WordNet, topics: Topics) -> Found | None:
    """Meaning of an object in its caption; None where WordNet holds no word for it."""
    caption, start, end = mention.caption, mention.start, mention.end
    topic = topics.get(mention.source, {})
    clues = Clues(frozenset(mention.place), topic, dict(mention.looks))
    head = mention.lemma.split()[-1] if mention.lemma.strip() else ""
    for first in mention.attributes:
        for lemma in database.base_forms(" ".join(caption[first:end].split()), NOUN):
            sense = senses.choose(database, lemma, caption, first, end, clues)
            if sense and _is_kind_of(database, sense.synset, head):
                return Found(lemma, sense)
    for lemma in dict.fromkeys((mention.lemma, head)):
        if sense := senses.choose(database, lemma, caption, start, end, clues):
            return Found(lemma, sense)
    return None


def plain(lemma: str, database: WordNet) -> str | None:
    """The synset of a lemma that has one sense only, else None."""
    ids = database.senses(lemma, NOUN)
    return ids[0] if len(ids) == 1 else None


def mentions(
    captions: Mapping[str, str], nodes: pa.Table
) -> Iterator[tuple[str, int, Mention, bool]]:
    """Every object of the captions' scene graphs: uid, node, mention, whether its own words.

    Of a graph that was carried over from another caption (its spans are not of this one), each
    object stands for itself, by its own words.

    Args:
        captions: by uid.
        nodes: of the scene labeler.
    """
    rows = [row for row in nodes.to_pylist() if row["uid"] in captions]
    attributes: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        if row["kind"] != OBJECT:
            attributes.setdefault((row["uid"], row["parent"]), []).append(row["start"])
    for row in rows:
        if row["kind"] != OBJECT:
            continue
        caption = captions[row["uid"]]
        if caption[row["start"] : row["end"]] != row["text"]:
            alone = Mention(row["text"], row["lemma"], 0, len(row["text"]), ())
            yield row["uid"], row["node"], alone, False
            continue
        own = attributes.get((row["uid"], row["node"]), [])
        before = tuple(sorted(start for start in own if start < row["start"]))
        mention = Mention(caption, row["lemma"], row["start"], row["end"], before)
        yield row["uid"], row["node"], mention, True


def _is_kind_of(database: WordNet, synset: str, lemma: str) -> bool:
    return not set(database.ancestors(synset)).isdisjoint(database.senses(lemma, NOUN))
