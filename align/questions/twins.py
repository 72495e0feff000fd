"""Pictures that differ in one fact in, the question whose answer differs, asked of both, out.

What is asked follows from the two facts alone, whichever picture is looked at and whichever caption
states them: so the same question is asked of both, and the answer is yes for one of them.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from align.negatives.form import draw
from align.questions import asking
from align.questions.absence import Absence
from align.questions.asking import NUMBERS, PLACES, Question
from align.questions.scenes import OPPOSITE, Known, Scene
from curate.dataset.questions import NO, YES
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact

_TWIN = "twin"
_CONVERSE = {**OPPOSITE, "above": "under", "under": "above"}  # as facts name it


class _Told(NamedTuple):
    """What two pictures state: of the first, of the second, and each with the fact that differs."""

    own: frozenset[Fact]
    other: frozenset[Fact]
    one: Fact
    two: Fact


def ask(known: Known, absence: Absence) -> Iterator[Question]:
    """The questions of all kept pictures that have a twin, kept or not."""
    image_of = {uid: s.image for s in known.scenes.values() for uid in s.facts}
    for row in known.twins:
        if row["uid"] not in image_of or row["other"] not in known.facts:
            continue
        scene = known.scenes[image_of[row["uid"]]]
        own, other = known.facts[row["uid"]], known.facts[row["other"]]
        ones, twos = (_of_kind(f, row["kind"]) for f in (own - other, other - own))
        if len(ones) != 1 or len(twos) != 1:
            continue
        texts = _texts(row["kind"], _Told(own, other, ones.pop(), twos.pop()), scene, absence)
        if texts:
            text = sorted(texts)[int(draw(*sorted(texts)) * len(texts))]
            yield scene.question(text, YES if texts[text] else NO, row["kind"], _TWIN)


def _of_kind(facts: frozenset[Fact], kind: str) -> set[Fact]:
    """The facts of a kind; relations as said of the name that comes first."""
    return {_turned(fact) for fact in facts if fact.kind == kind}


def _turned(fact: Fact) -> Fact:
    if fact.kind != RELATION or fact.value not in _CONVERSE or fact.subject <= (fact.target or ""):
        return fact
    return Fact(RELATION, fact.target or "", _CONVERSE[fact.value], fact.subject)


def _texts(kind: str, told: _Told, scene: Scene, absence: Absence) -> Mapping[str, bool]:
    """What may be asked -> whether it is so in the first picture."""
    one, two = told.one, told.two
    if kind == OBJECT:
        return {
            asking.is_there(fact.subject): fact == one
            for fact, without in ((one, told.other), (two, told.own))
            if absence.sure(fact.subject, {f.subject for f in without if f.kind == OBJECT})
        }
    if one.subject != two.subject or one.target != two.target:
        return {}
    if kind == COUNT:
        plural = scene.plurals.get(one.subject)
        numbers = [fact.value or "" for fact in (one, two)]
        if plural is None or not {*numbers} <= NUMBERS.keys():
            return {}
        return {asking.are_there(n, plural): n == one.value for n in numbers}
    single = not any(f.kind == COUNT for f in told.own)
    if kind == ATTRIBUTE and single:
        bearers = {f.subject for f in told.own if (f.value, f.target) == ("with", one.subject)}
        whose = "".join(f" of the {bearer}" for bearer in sorted(bearers))  # a person's skin tone
        return {asking.is_so(f"{f.subject}{whose}", f.value or ""): f == one for f in (one, two)}
    if kind == RELATION and single and {one.value, two.value} <= PLACES.keys():
        return {
            asking.is_placed(f.subject, f.value or "", f.target or ""): f == one for f in (one, two)
        }
    return {}
