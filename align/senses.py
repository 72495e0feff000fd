"""A noun in its caption in, the WordNet sense that it most likely has there out.

The commonest sense is the baseline that is hard to beat (McCarthy et al., 2004). It gives way
where the words beside the noun occur in another sense's definition (simplified Lesk: Kilgarriff
and Rosenzweig, 2000), where another is a thing that a picture can show and it is not, where its
being a proper name or not disagrees with how the caption writes it, and where of a name of
several words (`hard hat`) another is a kind of what the last one says. A single letter means
the letter. Slurs are never chosen.
"""

import functools
import math
import re
from typing import NamedTuple

from curate.dataset.wordnet import NOUN, WordNet

# What the signs of a sense are worth, in units of log frequency. Fields of meaning whose members
# a picture can show; persons, foods and stuffs less, as words for animals, plants and things are
# said of people and of what is made of them, too.
_VISIBLE = {
    "noun.animal": 1.2, "noun.artifact": 1.0, "noun.body": 1.0, "noun.food": 0.6,
    "noun.location": 1.0, "noun.object": 1.0, "noun.person": 0.5, "noun.phenomenon": 1.0,
    "noun.plant": 1.0, "noun.shape": 1.0, "noun.substance": 0.6,
}  # fmt: skip
_SHARED = 1.2  # for each word that definition and caption share
_KIND = 2.0
_NAME_IN_LOWER, _PLACE_IN_UPPER = -2.5, 1.5
_UNTAGGED = 0.5  # occurrences in WordNet's tagged texts of a sense that has none there
_LATER = 0.25  # taken off for each step down WordNet's own order of senses
_WORD = re.compile(r"[^\W\d_]{3,}")
_EXAMPLE = re.compile(r'"[^"]*"')
_SLUR = re.compile(r"\b(slur|offensive|derogatory|disparag\w+|obscene)\b")
_DULL = frozenset(
    _WORD.findall(
        "and any are but for from has have not one other out that the them they this used was were "
        "which who whose with something someone usually especially often made make like having "
        "form part kind very being more most such than into when what its some two can use man "
        "woman person people"
    )
)


class Sense(NamedTuple):
    """The sense chosen for a noun."""

    synset: str  # id
    rank: int  # place in WordNet's order of the lemma's senses, from 1
    method: str  # only: there is no other; first: the commonest; shared, visible, name, kind


def choose(database: WordNet, lemma: str, caption: str, start: int, end: int) -> Sense | None:
    """The likeliest sense of a noun in a caption; None where WordNet does not hold it.

    Args:
        database: WordNet.
        lemma: of the noun, words parted by spaces.
        caption: the whole of it.
        start: where the noun starts in it.
        end: one past the noun's last character.
    """
    lemma = lemma.lower()
    ids = [id_ for id_ in database.senses(lemma, NOUN) if _fits(database, id_, lemma)]
    if not ids:
        return None
    if len(ids) == 1:
        return Sense(ids[0], database.senses(lemma, NOUN).index(ids[0]) + 1, "only")
    words = _words(f"{caption[:start]} {caption[end:]}") - _words(lemma)
    name_weight = _name_weight(caption, start, end)
    ranks = [database.senses(lemma, NOUN).index(id_) + 1 for id_ in ids]
    gains = [_gains(database, lemma, id_, words, name_weight) for id_ in ids]
    totals = [
        math.log(database.count(lemma, NOUN, rank) + _UNTAGGED) - _LATER * rank + sum(gain.values())
        for rank, gain in zip(ranks, gains, strict=True)
    ]
    best = max(range(len(ids)), key=lambda i: (totals[i], -i))
    if best == 0:
        return Sense(ids[0], ranks[0], "first")
    edge = {reason: gain - gains[0][reason] for reason, gain in gains[best].items()}
    return Sense(ids[best], ranks[best], max(edge, key=lambda reason: edge[reason]))


def _fits(database: WordNet, id_: str, lemma: str) -> bool:
    """Whether a sense may be chosen at all."""
    gloss = database.synset(id_).gloss
    return not _SLUR.search(gloss) and (len(lemma) > 1 or " letter of" in gloss)


def _gains(
    database: WordNet, lemma: str, id_: str, words: set[str], name_weight: float
) -> dict[str, float]:
    """What speaks for a sense besides its frequency, by the name of the reason."""
    synset = database.synset(id_)
    named = lemma not in synset.lemmas and any(name.lower() == lemma for name in synset.lemmas)
    *before, head = lemma.split()
    kind = bool(before) and not set(database.ancestors(id_)).isdisjoint(database.senses(head, NOUN))
    place = synset.lexfile == "noun.location"
    famous = named and synset.lexfile == "noun.person"
    return {
        "shared": _SHARED * len(words & _described(database, id_)) if words else 0.0,
        "visible": 0.0 if famous else _VISIBLE.get(synset.lexfile, 0.0),
        "name": name_weight * (named and (place or name_weight < 0)),
        "kind": _KIND * kind,
    }


def _name_weight(caption: str, start: int, end: int) -> float:
    """What being a proper name is worth, by how the caption writes the noun."""
    text = caption[start:end]
    if text == text.lower():
        return _NAME_IN_LOWER
    first = not caption[:start].strip() or caption[:start].rstrip().endswith((".", "!", "?"))
    return 0.0 if first else _PLACE_IN_UPPER


@functools.lru_cache(maxsize=50_000)
def _described(database: WordNet, id_: str) -> frozenset[str]:
    """Words of a synset's lemmas and definition, and of the lemmas right above it."""
    synset = database.synset(id_)
    above = [name for up in synset.hypernyms for name in database.synset(up).lemmas]
    texts = (*synset.lemmas, _EXAMPLE.sub("", synset.gloss), *above)
    return frozenset({w for text in texts for w in _words(text)} - _DULL)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
