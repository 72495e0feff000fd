"""A sense of a noun in, other nouns that name the same thing or a kind above it out.

A synonym or hypernym is taken only where its own first sense is nearly always the one meant, so
that whoever reads it reads the same; where it is a plain lower-case word that WordNet's texts use,
as names, abbreviations and rarities are not; and where a parser reads it as one noun. A hypernym
also needs a line of single kinds to it: WordNet's bicycle is a container by a second line.
Persons are left alone: what WordNet lists for them are roles and dated words.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from augment.rewriting.english import spelt
from augment.rewriting.meanings import PEOPLE, THINGS, Link
from curate.dataset.wordnet import ADJECTIVE, ADVERB, NOUN, WordNet

SYNONYM, HYPERNYM = "synonym", "hypernym"
_UNFIT = re.compile(
    r"\b(slur|offensive|derogatory|disparag\w+|obscene|vulgar|archaic|obsolete|slang|informal|"
    r"British|Scottish|used humorously|trade name|trademark|genus|generic name|hypothetical)\b",
    re.IGNORECASE,
)
# named by the mass or by the many, so that an article before them is wrong
_UNCOUNTED = frozenset(
    ("clothing", "footwear", "hair", "equipment", "furniture", "luggage", "young", "jewelry")
)
_MANY = re.compile(r"\bas a group|collectively|in general|plural\b")
_MATERIAL = frozenset(("paper", "plastic", "metal", "stone", "leather", "brick", "straw"))
_FREQUENT = 0.98  # share of a noun's uses in WordNet's texts that are of the sense


class Substitute(NamedTuple):
    """Another noun for a thing."""

    kind: str  # synonym or hypernym
    lemma: str
    synset: str  # that it names
    levels: int  # above the sense; 0 of a synonym


def synonyms(database: WordNet, link: Link, uses: int) -> Iterator[Substitute]:
    """Other names of the very sense that WordNet's texts use so often, at least."""
    for name in database.synset(link.synset).lemmas:
        used = database.count(name, NOUN) >= uses
        if used and name != link.lemma and _names(database, name, link.synset):
            yield Substitute(SYNONYM, name, link.synset, 0)


def hypernyms(
    database: WordNet, link: Link, levels: int, depth: int, uses: int
) -> Iterator[Substitute]:
    """Names of kinds above a sense, the first of each.

    Args:
        database: WordNet.
        link: the sense.
        levels: how far above, at most.
        depth: kinds that the name has above it, at least: a thing, an animal have few.
        uses: how often WordNet's texts use it, at least, as words that captions use.
    """
    if link.field == "noun.body":  # no eyebrow is `a hair`
        return
    id_ = link.synset
    for level in range(1, levels + 1):
        above = database.synset(id_).hypernyms
        if len(above) != 1:
            return
        (id_,) = above
        synset = database.synset(id_)
        deep = len(database.ancestors(id_)) >= depth and not _MANY.search(synset.gloss)
        if not deep or synset.lexfile != link.field:
            continue
        for name in synset.lemmas:
            used = database.count(name, NOUN) >= uses and name not in _UNCOUNTED
            if used and name != link.lemma and _names(database, name, id_):
                yield Substitute(HYPERNYM, name, id_, level)
                break


def replaceable(database: WordNet, link: Link) -> bool:
    """Whether a sense is of a kind of thing, shown in pictures as what it is, and no name."""
    synset = database.synset(link.synset)
    kind = link.lemma in synset.lemmas  # written as WordNet does: a name has a capital there
    thing = link.field in THINGS and link.field != PEOPLE and link.lemma not in _UNCOUNTED
    return kind and thing and not _UNFIT.search(synset.gloss)


def _names(database: WordNet, name: str, id_: str) -> bool:
    """Whether a name is a plain word that means a sense first of all."""
    senses = database.senses(name, NOUN)
    synset = database.synset(id_)
    if not spelt(name) or senses[:1] != [id_] or _UNFIT.search(synset.gloss):
        return False
    first, *others = name.split()
    loose = any(database.known(first, pos) for pos in (ADJECTIVE, ADVERB)) or first in _MATERIAL
    if (others and loose) or " of " in name or name.endswith("ing"):  # read as two, or as an act
        return False
    if database.base_forms(name, NOUN) != [name]:  # of two minds how many it names
        return False
    uses = database.count(name, NOUN)
    return len(senses) == 1 or (uses > 0 and database.count(name, NOUN, 1) / uses >= _FREQUENT)
