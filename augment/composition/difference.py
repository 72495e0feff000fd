"""The facts of two captions in, the one in which they differ out.

Facts are those of the English captions. Two captions of another language are the parents' own, and
may leave out what English says; whether they tell the difference is seen by their words.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from augment.composition.scenes import Telling
from augment.facts import renamed
from augment.words import caption_words
from curate.dataset.languages import primary
from curate.dataset.truth import OBJECT, RELATION, Fact


class Difference(NamedTuple):
    """The one fact in which two captions differ: its kind, as it was, and as it becomes."""

    kind: str
    was: Fact
    becomes: Fact


def difference(was: Sequence[Fact], becomes: Sequence[Fact]) -> Difference | None:
    """The one fact in which two captions differ, or None where it is none or more than one.

    Another object takes all that is said of the one that it stands for: its name alone differs.
    """
    gone, new = Counter(was) - Counter(becomes), Counter(becomes) - Counter(was)
    if sum(gone.values()) == sum(new.values()) == 1:
        old, other = next(iter(gone)), next(iter(new))
        if old.kind == other.kind != OBJECT and old.subject == other.subject:
            return Difference(old.kind, old, other)
        if old.kind == other.kind == RELATION:
            return Difference(RELATION, old, other)
    lost = [fact for fact in gone if fact.kind == OBJECT]
    found = [fact for fact in new if fact.kind == OBJECT]
    if len(lost) == len(found) == 1:
        moved = Counter(renamed(fact, lost[0].subject, found[0].subject) for fact in was)
        if moved == Counter(becomes):
            return Difference(OBJECT, lost[0], found[0])
    return None


def tells(change: Difference, one: Telling, two: Telling) -> bool:
    """Whether two captions of a language tell the change, so that either is false of the other.

    English captions are put together from their facts, and places are told by our own words.
    Elsewhere "Apfel" and "grüner Apfel" both hold of a green apple: neither may only say more than
    the other, and two colours must both be named.
    """
    if primary(one.lang) == "en" or change.kind == RELATION:
        return True
    texts = [telling.text.casefold() for telling in (one, two)]
    begin = _alike(*texts)
    rests = [text[begin:][::-1] for text in texts]
    end = _alike(*rests)
    if not all(rest[end:].strip() for rest in rests):
        return False
    if not _coloured(change.was) or not _coloured(change.becomes):
        return True
    return all(caption_words.mention(t.text, t.lang, "colour") for t in (one, two))


def _alike(one: str, two: str) -> int:
    """How many characters both begin with."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False))
    return sum(1 for _ in same)


def _coloured(fact: Fact) -> bool:
    word = fact.value if fact.subject != "skin tone" else None
    return word is not None and caption_words.mention(word, "en", "colour") is not None
