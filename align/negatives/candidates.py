"""A caption in, captions that differ from it in words that exclude each other, out.

Of every language with words: a member of a group becomes another (`red`, `blue`). Of English also,
by its scene graph: two attributes or two objects change places, and a noun becomes another of the
same kind (a co-hyponym in WordNet) that the corpus' captions name, too. Whether the result is false
is not decided here, see `align.negatives.proof`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from align.negatives.words import Words
from align.scenegraph import OBJECT, Graph, Node
from curate.dataset.wordnet import NOUN, WordNet

_ARTICLE = re.compile(r"\b(an?)\s+$", re.IGNORECASE)
_ELIDED = re.compile(r"['’]$")
_VOWELS = "aeiouh"  # h: whether it is spoken is not told by the letter
_PLAIN = re.compile(r"[a-z]+(?: [a-z]+)?")
# of things whose kinds exclude each other: a person can be a farmer and a father
_FIELDS = ("noun.animal", "noun.artifact", "noun.food", "noun.object", "noun.plant")


class Edit(NamedTuple):
    """Characters `start` to `end` of a caption become `text`."""

    start: int
    end: int
    text: str


class Candidate(NamedTuple):
    """A caption that may be false, and how it came about."""

    how: str  # group of words, `attributes` or `objects` that change places, `noun`
    caption: str
    edits: tuple[Edit, ...]
    was: str  # member of the group, or lemma
    becomes: str


def by_words(caption: str, words: Words) -> Iterator[Candidate]:
    """A member of a group becomes another, where the caption says one member alone."""
    said = list(words.said(caption))
    for found in said:
        if sum(other.group == found.group for other in said) > 1:
            continue
        for member, form in words.others(caption, found):
            edit = Edit(found.start, found.end, _cased(form, caption[found.start : found.end]))
            if _agrees(caption, edit):
                yield _changed(found.group, caption, [edit], found.member, member)


def by_graph(
    caption: str,
    graph: Graph,
    words: Words,
    nouns: Mapping[str, Sequence[str]],
    database: WordNet,
) -> Iterator[Candidate]:
    """Attributes or objects change places; a noun becomes another of its kind.

    Args:
        caption: an English one.
        graph: its own.
        words: of English; what they name is left to `by_words`.
        nouns: synset -> nouns of the corpus that are right below it.
        database: WordNet.
    """
    own = [(n, graph.nodes[n.parent]) for n in graph.nodes if n.parent is not None]
    for i, (one, owner) in enumerate(own):
        for other, another in own[i + 1 :]:
            if owner.lemma != another.lemma and one.lemma != other.lemma:
                yield from _exchanged("attributes", caption, one, other)
    described = {n.parent for n in graph.nodes}
    for edge in graph.edges:
        one, other = graph.nodes[edge.source], graph.nodes[edge.target]
        alike = all(node.text == node.lemma for node in (one, other))
        bare = alike and described.isdisjoint((edge.source, edge.target))
        if bare and one.lemma != other.lemma and one.quantifier == other.quantifier:
            yield from _exchanged("objects", caption, one, other)
    for node in graph.nodes:
        plain = node.text == node.lemma and _PLAIN.fullmatch(node.text)
        if node.kind == OBJECT and plain and not any(words.said(node.text)):
            if node.lemma in words.nameless:
                continue
            for noun in _beside(node.lemma, nouns, database):
                if noun in words.nameless:
                    continue
                edit = Edit(node.start, node.end, noun)
                if _agrees(caption, edit):
                    yield _changed("noun", caption, [edit], node.lemma, noun)


def applied(caption: str, edits: Sequence[Edit]) -> str:
    """The caption with its spans replaced."""
    parts, at = [], 0
    for edit in sorted(edits):
        parts += [caption[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, caption[at:]])


def nouns_by_kind(lemmas: Sequence[str], database: WordNet) -> dict[str, list[str]]:
    """Synset -> the lemmas whose commonest sense is right below it, sorted."""
    found: dict[str, list[str]] = {}
    for lemma in sorted(set(lemmas)):
        if _PLAIN.fullmatch(lemma) and database.base_forms(lemma, NOUN)[:1] == [lemma]:
            for sense in database.senses(lemma, NOUN)[:1]:
                if database.synset(sense).lexfile not in _FIELDS:
                    continue
                for above in database.synset(sense).hypernyms:
                    found.setdefault(above, []).append(lemma)
    return found


def _beside(lemma: str, nouns: Mapping[str, Sequence[str]], database: WordNet) -> Iterator[str]:
    for sense in database.senses(lemma, NOUN)[:1]:
        for above in database.synset(sense).hypernyms:
            yield from (noun for noun in nouns.get(above, ()) if noun != lemma)


def _exchanged(how: str, caption: str, one: Node, other: Node) -> Iterator[Candidate]:
    """The caption with two of its words in each other's place."""
    if one.end > other.start and other.end > one.start:
        return
    edits = [Edit(one.start, one.end, other.text), Edit(other.start, other.end, one.text)]
    capital = any(node.text[:1] != node.text[:1].lower() for node in (one, other))
    if not capital and all(_agrees(caption, edit) for edit in edits):
        yield _changed(how, caption, edits, one.lemma, other.lemma)


def _changed(how: str, caption: str, edits: Sequence[Edit], was: str, becomes: str) -> Candidate:
    return Candidate(how, applied(caption, edits), tuple(sorted(edits)), was, becomes)


def _agrees(caption: str, edit: Edit) -> bool:
    """Whether what stands before an edit fits the new word: a or an, an elided article."""
    before = caption[: edit.start]
    if not (_ARTICLE.search(before) or _ELIDED.search(before)):
        return True
    old, new = caption[edit.start].lower(), edit.text[0].lower()
    return old == new or (old in _VOWELS) == (new in _VOWELS) == False  # noqa: E712


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
