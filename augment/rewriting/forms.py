"""What a form of rewriting takes and gives: a reading and its words in, edits and a proof out."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from augment.rewriting.edits import Edit
from augment.rewriting.meanings import PEOPLE, Links
from augment.rewriting.reading import Gap, Phrase, Reading, Row
from curate.dataset.wordnet import WordNet


class Words(NamedTuple):
    """What is known of a caption's words."""

    database: WordNet
    links: Links

    def field(self, phrase: Phrase) -> str:
        """Field of meaning of a phrase's head; empty where it is not known."""
        link = self.links.get(phrase.node)
        return link.field if link else ""

    def pronoun(self, phrase: Phrase) -> str:
        """`who` of persons, `that` of the rest."""
        return "who" if self.field(phrase) == PEOPLE else "that"


class Rewrite(NamedTuple):
    """A caption's edits, the proof that it says the same, and the relation that it turns round."""

    edits: tuple[Edit, ...]
    proof: dict[str, Any]
    turned: tuple[int, str] | None = None  # edge, and lemma of the converse relation


Form = Callable[[Reading, Words], Iterator[Rewrite]]


def between(reading: Reading) -> Iterator[tuple[Gap, Phrase, Phrase]]:
    """Every gap with the phrases on both its sides."""
    yield from zip(reading.gaps, reading.phrases, reading.phrases[1:], strict=False)


def only_edge(edges: tuple[Row, ...], source: Phrase, target: Phrase) -> Row | None:
    """The relation between two phrases that leads from the first to the second, and no other."""
    if len(edges) != 1 or (edges[0]["source"], edges[0]["target"]) != (source.node, target.node):
        return None
    return edges[0]


def own_plural(phrase: Phrase) -> bool:
    """Whether a head looks like one and like several: glasses, sheep."""
    return not phrase.number and phrase.head.lower() == phrase.lemma and phrase.lemma.endswith("s")
