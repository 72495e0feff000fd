"""Things, numbers and places in, English questions about them out; and the form of a question."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

NUMBERS = {
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten",
}  # fmt: skip
"""Numbers that are asked for: digits -> word."""
PLACES = {
    "left of": "to the left of", "right of": "to the right of", "above": "above",
    "below": "below", "under": "below", "in front of": "in front of", "behind": "behind",
    "on": "on",
}  # fmt: skip
"""Relation of place, as tables or facts name it -> as a question says it."""
_CONSONANTS = ("uni", "use", "eu", "one", "ufo", "uk")  # vowels that sound otherwise
_SILENT = ("hour", "honest", "honour", "heir")
_SINGULAR = ("ss", "us", "is")  # endings of nouns in s that are one thing


class Question(NamedTuple):
    """A question about a picture, a row of the labeler's table but for its number."""

    image: str
    text: str
    answer: str
    kind: str
    how: str
    uid: str


def with_article(noun: str) -> str:
    """A noun with a or an: an apple, an hour, a unicorn."""
    sounded = noun.lower()
    vowel = sounded[0] in "aeiou" and not sounded.startswith(_CONSONANTS)
    return f"{'an' if vowel or sounded.startswith(_SILENT) else 'a'} {noun}"


def be(noun: str, plural: bool = False) -> str:
    """The form of the verb for a noun: are, for several, and for scissors."""
    many = plural or (noun.endswith("s") and not noun.endswith(_SINGULAR))
    return "are" if many else "is"


def is_there(noun: str) -> str:
    """Whether something is shown."""
    shown = noun if be(noun) == "are" else with_article(noun)
    return f"{be(noun).capitalize()} there {shown}?"


def is_so(noun: str, value: str, plural: bool = False) -> str:
    """Whether something has an attribute."""
    return f"{be(noun, plural).capitalize()} the {noun} {value}?"


def are_there(number: str, plural: str) -> str:
    """Whether there are so many, the number in digits."""
    return f"Are there {NUMBERS[number]} {plural}?"


def how_many(plural: str) -> str:
    """How many there are."""
    return f"How many {plural} are there?"


def what_colour(noun: str, plural: bool = False) -> str:
    """Which colour something has."""
    return f"What colour {be(noun, plural)} the {noun}?"


def what_is(place: str, noun: str) -> str:
    """What stands in a relation, a key of `PLACES`, to something."""
    return f"What is {PLACES[place]} the {noun}?"


def is_placed(noun: str, place: str, other: str) -> str:
    """Whether two things stand in a relation, a key of `PLACES`."""
    return f"{be(noun).capitalize()} the {noun} {PLACES[place]} the {other}?"


def agreed(found: Iterable[Question]) -> list[Question]:
    """Each question of a picture once, sorted; one that has two answers is none."""
    same: defaultdict[tuple[str, str], list[Question]] = defaultdict(list)
    for one in found:
        same[one.image, one.text].append(one)
    return [
        min(those) for _, those in sorted(same.items()) if len({one.answer for one in those}) == 1
    ]
