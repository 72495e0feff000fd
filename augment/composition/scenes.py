"""Things and how they stand in, captions with everything that they state out.

A scene has one or two parts: a thing, how often it is there, perhaps its size beside the other's,
and the relation between the parts. Its English caption is put together from the scene graphs of
the parents, so that its facts and the places of its phrases are known exactly. In other
languages, scenes of two single things are told by their parents' own captions, in a form that
needs neither case nor agreement ("links: ein Löwe, rechts: ein Igel").
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from augment.composition.colours import BANDS
from augment.composition.naming import Thing
from augment.words import phrasing, wording
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact

Span = tuple[int, int]  # characters of a caption: start, and one past the last
LEMMAS = {
    "left": "to left of", "right": "to right of", "above": "above", "below": "under",
    "front": "in front of", "behind": "behind", "on": "on",
}  # fmt: skip
"""Relation as it is said -> as a parser's lemma."""
NAMED = {
    "left": "left of", "right": "right of", "above": "above", "below": "below",
    "front": "in front of", "behind": "behind", "on": "on",
}  # fmt: skip
"""Relation as it is said -> as the table of relations names it."""
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
CONVERSE = {**OPPOSITE, "front": "behind", "behind": "front"}
"""Relation of the first to the second -> of the second to the first."""


class Part(NamedTuple):
    """A thing, how many of it there are, and what else is told of it.

    Attributes:
        thing: what it is.
        number: of it.
        size: small or large, beside the other thing.
        tone: of its skin; only of what is said last, so that nothing seems said of the tone.
        colour: that is told of it, instead of one that its name tells, one of `colours.BANDS`.
        painted: it is not of that colour in its own picture.
    """

    thing: Thing
    number: int = 1
    size: str | None = None
    tone: str | None = None
    colour: str | None = None
    painted: bool = False

    @property
    def name(self) -> str:
        """The thing's name, in the colour that is told of it."""
        return coloured(self.thing.name, self.colour, self.replaced)

    @property
    def replaced(self) -> frozenset[str]:
        """Words of its own name in whose place another colour is told."""
        return frozenset(BANDS.keys() & set(self.thing.attributes))

    def phrase(self) -> str | None:
        """It in English, or None where its plural is not sure."""
        return phrase(self.name, self.number, self.size, self.tone)

    def facts(self) -> list[Fact]:
        """What the phrase states."""
        thing = self.thing
        others = [word for word in thing.attributes if self.colour is None or word not in BANDS]
        said = [word for word in (self.size, self.colour) if word] + others
        found = [Fact(ATTRIBUTE, thing.lemma, word) for word in said]
        found.append(Fact(OBJECT, thing.lemma))
        if self.number > 1:
            found.append(Fact(COUNT, thing.lemma, str(self.number)))
        if self.tone:
            found += [
                Fact(ATTRIBUTE, "skin tone", self.tone),
                Fact(OBJECT, "skin tone"),
                Fact(RELATION, thing.lemma, "with", "skin tone"),
            ]
        return found


def coloured(name: str, colour: str | None, replaced: Collection[str]) -> str:
    """A name with a colour in the place of the words that tell one, or before it."""
    if colour is None:
        return name
    words = [colour if word in replaced else word for word in name.split()]
    return " ".join(words if replaced else [colour, *words])


def phrase(name: str, number: int, size: str | None, tone: str | None) -> str | None:
    """A named thing, or several, in English; None where the plural is not sure."""
    if number > 1:
        return wording.several(name, number)
    toned = f" with {tone} skin tone" if tone else ""
    return wording.one(f"{size} {name}" if size else name) + toned


class Scene(NamedTuple):
    """Parts in the order in which they are said and drawn, and the first one's relation."""

    parts: tuple[Part, ...]
    relation: str | None = None  # a key of `LEMMAS`; None: only that they are there

    def owners(self) -> list[int]:
        """Number of the part that each object belongs to."""
        return [number for number, part in enumerate(self.parts) for _ in range(part.number)]

    def facts(self) -> list[Fact]:
        """Everything that the English caption states."""
        found = [fact for part in self.parts for fact in part.facts()]
        if self.relation:
            first, second = (part.thing.lemma for part in self.parts)
            found.append(Fact(RELATION, first, LEMMAS[self.relation], second))
        return found

    def english(self) -> tuple[str, list[Span]] | None:
        """The English caption and where in it each part's phrase stands; None: not sure how."""
        phrases = [part.phrase() for part in self.parts]
        first, second = (phrases[0], phrases[-1])
        if first is None or second is None:
            return None
        if len(phrases) == 1:
            return first, [(0, len(first))]
        placed = wording.related(first, second, self.relation or "and")
        return placed.text, [placed.a, placed.b]

    def tellings(self) -> Iterator["Telling"]:
        """All that can be said of it: in English, conversely, and in other languages."""
        english = self.english()
        assert english is not None, "not sure how to tell it"
        uids = tuple(part.thing.pair["uid"] for part in self.parts)
        lang = self.parts[0].thing.pair["lang"]
        yield Telling(english[0], lang, False, uids, tuple(english[1]), tuple(self.facts()))
        if len(self.parts) == 1 and self.parts[0].tone:
            yield from self._whole()
        if self.relation is None:
            return
        if self.relation in CONVERSE and not any(part.tone for part in self.parts):
            converse = Scene(self.parts[::-1], CONVERSE[self.relation])
            text, spans = converse.english() or ("", [])
            yield Telling(text, lang, True, uids, tuple(spans[::-1]), tuple(converse.facts()))
        if self.relation in OPPOSITE and not any(p.colour or p.tone for p in self.parts):
            yield from self._others()

    def _whole(self) -> Iterator["Telling"]:
        """The one thing's own captions of other languages, which tell its tone as it is."""
        (part,) = self.parts
        for lang, pair in part.thing.translated().items():
            span = (0, len(pair["caption"]))
            told = (pair["caption"], lang, False, (pair["uid"],), (span,), tuple(self.facts()))
            yield Telling(*told)

    def _others(self) -> Iterator["Telling"]:
        """The parents' own captions of other languages, by place."""
        first = 0 if self.relation in ("left", "above") else 1  # the part that is said first
        told = [part.thing.told() for part in self.parts]
        along = "left" if self.relation in ("left", "right") else "above"
        for lang in sorted(set(told[0]) & set(told[1])):
            a, b = told[first][lang][1], told[1 - first][lang][1]
            placed = phrasing.place(a, b, along, lang)
            spans = (placed.a, placed.b) if first == 0 else (placed.b, placed.a)
            uids = tuple(own[lang][0]["uid"] for own in told)
            yield Telling(placed.text, lang, False, uids, spans, tuple(self.facts()))


class Telling(NamedTuple):
    """A caption of a scene.

    Attributes:
        text: the caption.
        lang: of it.
        converse: it is said of the second part: a horse to the right of a lemon.
        uids: of the pairs that it is from, in the order of the scene's parts.
        spans: where each part is named, in the same order.
        facts: what it states.
    """

    text: str
    lang: str
    converse: bool
    uids: tuple[str, ...]
    spans: tuple[Span, ...]
    facts: tuple[Fact, ...]
