"""Nouns in, whether a picture of some things surely shows no other one, out.

No thing is said to be absent on the ground that nobody named it: a cake may bear candles, a man a
hat. Sure is only what is of another broad kind than all that is shown, in every usual sense that
WordNet has, and of such kinds as are not seen in one cut-out: an animal is no part of a fruit, nor
a fruit of a vehicle. A noun with a sense of none of these kinds is never said to be absent.
"""

import functools
import itertools
from collections.abc import Iterable

from curate.dataset.wordnet import NOUN, WordNet

_KINDS = {  # broad kind -> nouns whose first senses are above it
    "person": ("person",),
    "animal": ("animal",),
    "fruit": ("edible fruit", "vegetable"),
    "dish": ("baked goods", "nutriment", "confection", "beverage", "meat", "seafood"),
    "plant": ("vascular plant",),
    "vehicle": ("vehicle",),
    "building": ("building",),
    "instrument": ("musical instrument",),
    "furniture": ("furniture",),
    "clothing": ("clothing", "footwear", "headdress"),
    "body": ("body part",),
    "star": ("celestial body",),
}
_TOGETHER = {  # kinds that one cut-out may show beside each other
    frozenset(pair)
    for own, others in {
        "person": "clothing body instrument furniture vehicle building dish",
        "animal": "body dish clothing plant",
        "fruit": "dish plant",
        "dish": "furniture body",
        "plant": "building furniture",
        "vehicle": "building body",
        "building": "furniture star clothing",
        "furniture": "clothing body",
        "clothing": "body",
    }.items()
    for pair in itertools.product([own], others.split())
}
_SEEN = {
    f"noun.{field}"
    for field in ("animal", "artifact", "body", "food", "object", "person", "plant", "shape")
}
_RARE = 0.1  # share of a noun's uses in WordNet's texts (one more each), below which it is rare
_LETTERS = 4  # with which words of one stem begin alike: fish, fishing


class Absence:
    """Tells what is surely not shown.

    Args:
        database: WordNet.
    """

    def __init__(self, database: WordNet) -> None:
        self._database = database
        self._roots = {
            sense: kind
            for kind, nouns in _KINDS.items()
            for noun in nouns
            for sense in database.senses(noun, NOUN)[:1]
        }
        self.kinds = functools.cache(self._kinds_of)

    def to_see(self, noun: str) -> bool:
        """Whether a noun's commonest sense is something to see."""
        senses = self._database.senses(noun, NOUN)[:1]
        return any(self._database.synset(sense).lexfile in _SEEN for sense in senses)

    def sure(self, noun: str, shown: Iterable[str]) -> bool:
        """Whether no picture of some things, all named, shows a noun."""
        return all(self._apart(noun, other) for other in shown)

    def _apart(self, noun: str, other: str) -> bool:
        kinds = list(itertools.product(self.kinds(noun), self.kinds(other)))
        if not kinds or any(own == its or {own, its} in _TOGETHER for own, its in kinds):
            return False
        stems = ({word[:_LETTERS] for word in name.replace("-", " ").split()}
                 for name in (noun, other))  # fmt: skip
        return not set.intersection(*stems)

    def _kinds_of(self, noun: str) -> frozenset[str]:
        """The broad kinds of what a noun can mean; none where one meaning has no such kind.

        Meanings that are rare, or nothing to see, are passed over; a fruit's name is its tree's.
        """
        senses = self._database.senses(noun, NOUN)
        found: set[str] = set()
        uses = self._database.count(noun, NOUN) + len(senses)
        for number, sense in enumerate(senses, 1):
            rare = self._database.count(noun, NOUN, number) + 1 < _RARE * uses
            if rare or self._database.synset(sense).lexfile not in _SEEN:
                continue
            above = (sense, *self._database.ancestors(sense))
            kinds = {self._roots[one] for one in above if one in self._roots}
            if not kinds:
                return frozenset()
            found |= kinds
        return frozenset(found - {"plant"} if "fruit" in found else found)
