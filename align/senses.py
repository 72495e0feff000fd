"""A noun in its caption in, the WordNet sense that it most likely has there out.

The commonest sense is the baseline that is hard to beat (McCarthy et al., 2004). It gives way to
one for which more speaks: words beside the noun that occur in the sense's definition (simplified
Lesk: Kilgarriff and Rosenzweig, 2000), words of the place where the picture was found, the topic
of its source, what the picture looks like, and whether a picture can show such a thing at all.
These are the terms of a log-linear model; its weights are those of a conditional logit with an L2
penalty, fitted on the list tests/align/senses_dev.csv and rounded. Three rules were too seldom
needed there to be fitted: a word in small letters is no proper name, of a name of several words
(`hard hat`) a kind of what the last one says is meant, and a single letter means the letter.
Slurs are never chosen. Of a few words that captions are full of, the sense is known (`_USUAL`): a
mistake there would be made a thousand times.
"""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from align import descriptions
from curate.dataset.wordnet import NOUN, WordNet

# What the signs of a sense are worth, in units of log frequency.
_FIELDS = {
    "noun.act": -0.2, "noun.animal": 0.3, "noun.artifact": 0.8, "noun.attribute": 0.5,
    "noun.body": -0.7, "noun.cognition": -0.2, "noun.communication": 0.7, "noun.event": 0.3,
    "noun.food": 0.6, "noun.group": 0.5, "noun.location": 1.0, "noun.object": 0.2,
    "noun.person": -0.5, "noun.phenomenon": -0.2, "noun.plant": -1.2, "noun.quantity": -0.4,
    "noun.relation": -0.3, "noun.shape": 1.0, "noun.state": -0.2, "noun.substance": -0.3,
    "noun.time": -0.3,
}  # fmt: skip
_SHARED = 0.39  # by the inverse document frequency of each word that definition and caption share
_PLACE = 0.46  # the same of words of the picture's place
_TOPIC = 29.0  # by the cosine of definition and topic
_PICTURE = 0.95  # by the cosine of the picture and those that show the sense's field of meaning
_FIRST = 0.35  # of the lemma's first sense, beside its frequency
_KIND = 2.0
_NAME_IN_LOWER, _PLACE_IN_UPPER = -2.5, 1.5
_UNTAGGED = 0.5  # occurrences in WordNet's tagged texts of a sense that has none there
_ABOVE = 3  # meanings above a sense whose names describe it, too
_USUAL = {  # end of a noun phrase -> synset
    "man": "man.n.01", "woman": "woman.n.01", "person": "person.n.01", "skin tone": "shade.n.02",
}  # fmt: skip
_SLUR = re.compile(r"\b(slur|offensive|derogatory|disparag\w+|obscene)\b")


class Clues(NamedTuple):
    """What is known of a noun beside its caption; see `align.clues`."""

    place: frozenset[str] = frozenset()  # words of where its picture was found, base forms
    topic: Mapping[str, float] = {}  # word -> weight, of its source; unit length
    looks: Mapping[str, float] = {}  # field of meaning -> cosine of its picture


NO_CLUES = Clues()


class Sense(NamedTuple):
    """The sense chosen for a noun."""

    synset: str  # id
    rank: int  # place in WordNet's order of the lemma's senses, from 1
    method: str  # only: there is no other; usual: of such a word; first: the commonest; else what
    # speaks most for it
    margin: float  # log-odds over the second likeliest; infinite where there is none


def choose(
    database: WordNet, lemma: str, caption: str, start: int, end: int, clues: Clues = NO_CLUES
) -> Sense | None:
    """The likeliest sense of a noun in a caption; None where WordNet does not hold it.

    Args:
        database: WordNet.
        lemma: of the noun, words parted by spaces.
        caption: the whole of it.
        start: where the noun starts in it.
        end: one past the noun's last character.
        clues: what else is known.
    """
    lemma = lemma.lower()
    every = database.senses(lemma, NOUN)
    ids = [id_ for id_ in every if _fits(database, id_, lemma)]
    if not ids:
        return None
    if len(ids) == 1:
        return Sense(ids[0], every.index(ids[0]) + 1, "only", math.inf)
    if (usual := _usual(database, lemma, caption[:end])) in ids:
        return Sense(usual, every.index(usual) + 1, "usual", math.inf)
    gains = signs(database, lemma, ids, caption, (start, end), clues)
    totals = [sum(gain.values()) for gain in gains]
    order = sorted(range(len(ids)), key=lambda i: (-totals[i], i))
    best, margin = order[0], totals[order[0]] - totals[order[1]]
    if best == 0:
        method = "first"
    else:
        edge = {name: gain - gains[0][name] for name, gain in gains[best].items()}
        method = max(edge, key=lambda name: edge[name])
    return Sense(ids[best], every.index(ids[best]) + 1, method, round(margin, 4))


def signs(
    database: WordNet, lemma: str, ids: list[str], caption: str, span: tuple[int, int], clues: Clues
) -> list[dict[str, float]]:
    """What speaks for each sense of a lemma, by the name of the reason, in log-odds."""
    told = descriptions.of_database(database)
    own = told.words(lemma)
    beside = told.words(f"{caption[: span[0]]} {caption[span[1] :]}") - own
    every = database.senses(lemma, NOUN)
    name_weight = _name_weight(caption, *span)
    found = []
    for id_ in ids:
        rank = every.index(id_) + 1
        synset = database.synset(id_)
        words = told.of(id_, _ABOVE)
        common = math.log(database.count(lemma, NOUN, rank) + _UNTAGGED)
        found.append(
            {
                "common": common + _FIRST * (rank == 1),
                "shared": _SHARED * told.weigh(beside & words),
                "place": _PLACE * told.weigh((clues.place - own) & words),
                "topic": _TOPIC * _cosine(told, told.of(id_, 1), clues.topic),
                "picture": _PICTURE * clues.looks.get(synset.lexfile, 0.0),
                "visible": _FIELDS.get(synset.lexfile, 0.0),
                **_named(database, lemma, id_, name_weight),
            }
        )
    return found


def _fits(database: WordNet, id_: str, lemma: str) -> bool:
    """Whether a sense may be chosen at all."""
    gloss = database.synset(id_).gloss
    return not _SLUR.search(gloss) and (len(lemma) > 1 or " letter of" in gloss)


def _usual(database: WordNet, lemma: str, caption: str) -> str:
    """The sense that is known of a word or phrase that a caption's part ends in; empty: none is."""
    words = " ".join(re.findall(r"\w+", caption.lower())[-2:])
    name = _USUAL.get(words, _USUAL.get(lemma, ""))
    ids = database.senses(lemma, NOUN)
    return next((id_ for id_ in ids if database.synset(id_).name == name), "")


def _named(database: WordNet, lemma: str, id_: str, name_weight: float) -> dict[str, float]:
    """What its being a name, and a kind of the lemma's last word, speaks for a sense."""
    synset = database.synset(id_)
    named = lemma not in synset.lemmas and any(name.lower() == lemma for name in synset.lemmas)
    *before, head = lemma.split()
    kind = bool(before) and not set(database.ancestors(id_)).isdisjoint(database.senses(head, NOUN))
    place = synset.lexfile == "noun.location"
    return {"name": name_weight * (named and (place or name_weight < 0)), "kind": _KIND * kind}


def _name_weight(caption: str, start: int, end: int) -> float:
    """What being a proper name is worth, by how the caption writes the noun.

    In a caption that starts its words with capitals, and at the start of a sentence, they tell
    nothing.
    """
    text = caption[start:end]
    if text == text.lower():
        return _NAME_IN_LOWER
    others = re.findall(r"[^\W\d_]{4,}", f"{caption[:start]} {caption[end:]}")
    titled = bool(others) and not any(word.islower() for word in others)
    first = not caption[:start].strip() or caption[:start].rstrip().endswith((".", "!", "?"))
    return 0.0 if first or titled else _PLACE_IN_UPPER


def _cosine(
    told: descriptions.Descriptions, words: frozenset[str], topic: Mapping[str, float]
) -> float:
    """Cosine of some words, weighted by what they tell, and a topic."""
    if not topic or not words:
        return 0.0
    weights = [(word, told.weight(word)) for word in sorted(words)]
    length = math.sqrt(sum(weight * weight for _, weight in weights))
    return sum(topic.get(word, 0.0) * weight for word, weight in weights) / (length or 1.0)
