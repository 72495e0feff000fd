"""A thing of the pool in; its caption with one fact changed, its colour or what it is, out.

Only the words of that fact change, and the article before them where it must. That no more than
the one fact differs is checked on the facts (`augment.composition.difference`). A caption whose
thing is told by more than colours is left: a red car may stand where a red apple does, a paper
horse not where a paper lantern does. Of people no colour is told, old or new: that of a cat is
another thing than that of a pilot.
"""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from augment.composition import colours
from augment.composition.casting import Cast
from augment.composition.difference import Difference, difference
from augment.composition.naming import Thing
from augment.composition.scenes import Part
from augment.facts import renamed
from augment.words import wording
from curate.dataset.truth import ATTRIBUTE, OBJECT, Fact

BASIC = frozenset({*colours.BANDS, "black", "white", "brown", "pink", "grey", "gray"})
"""The basic colour terms (Berlin and Kay, 1969): what has one of them plainly has no other."""

_PEOPLE = ("person", "body")  # fields of meaning


class Retold(NamedTuple):
    """A caption of which one fact is changed.

    Attributes:
        caption: as it reads now.
        was: the words of the fact in the caption that it was.
        becomes: the words that stand in their place.
        facts: all that the caption states.
        change: the one fact in which both differ.
    """

    caption: str
    was: str
    becomes: str
    facts: tuple[Fact, ...]
    change: Difference


def recoloured(thing: Thing, cast: Cast, draw: random.Random) -> Iterator[Retold]:
    """The thing in another colour, of `colours.BANDS`, that its picture hardly has.

    Args:
        thing: of the pool; nothing comes of one whose name tells no colour, or several.
        cast: that it is of.
        draw: gives the colours' order.
    """
    cutout = cast.cut_out(thing.image)
    own = [word for word in thing.attributes if word in BASIC]
    if cutout is None or len(own) != 1 or not _plain(thing):
        return
    shown = colours.shares(cutout)
    for colour in draw.sample(sorted(shown), len(shown)):
        if shown[colour] <= colours.FEW:
            old, new = (Fact(ATTRIBUTE, thing.lemma, word) for word in (own[0], colour))
            facts = [new if fact == old else fact for fact in Part(thing).facts()]
            yield from _checked(thing, own[0], colour, facts, ATTRIBUTE)


def replaced(thing: Thing, cast: Cast, least: int, *draw: object) -> Iterator[Retold]:
    """Another thing in the place of the thing, one that it surely is not.

    Args:
        thing: of the pool.
        cast: that it is of, and the other.
        least: plainly named pictures of the other, itself among them.
        draw: names that the other follows from, besides the thing.
    """
    if not _plain(thing):
        return

    def fits(other: Thing) -> bool:
        plain = other.name == other.lemma and other.tone is None
        told = not thing.attributes or other.field not in _PEOPLE
        return plain and told and thing.apart(other) and len(cast.namesakes(other)) + 1 >= least

    for other in cast.partners(thing, fits, *draw):
        facts = [renamed(fact, thing.lemma, other.lemma) for fact in Part(thing).facts()]
        yield from _checked(thing, thing.lemma, other.lemma, facts, OBJECT)


def retell(caption: str, was: str, becomes: str) -> str | None:
    """A caption with other words in the place of some; None where they do not stand there once."""
    found = list(re.finditer(rf"(?:\b([Aa])n? )?\b{re.escape(was)}\b", caption))
    if len(found) != 1:
        return None
    words = becomes
    if found[0][1]:
        words = found[0][1] + wording.one(becomes)[1:]
    return caption[: found[0].start()] + words + caption[found[0].end() :]


def _plain(thing: Thing) -> bool:
    """Whether nothing but colours is told of it, and of a person nothing."""
    told = thing.attributes if thing.field in _PEOPLE else ()
    return thing.tone is None and not told and BASIC.issuperset(thing.attributes)


def _checked(
    thing: Thing, was: str, becomes: str, facts: list[Fact], kind: str
) -> Iterator[Retold]:
    """The caption with the new words, if they can be put in and one fact of the kind differs."""
    caption = retell(thing.pair["caption"], was, becomes)
    change = difference(Part(thing).facts(), facts)
    if caption is not None and change is not None and change.kind == kind:
        yield Retold(caption, was, becomes, tuple(facts), change)
