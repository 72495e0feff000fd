"""Small rules of English that a rewritten caption must keep: articles, number, capitals."""

import re

NUMBERS = frozenset(
    ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
)
ARTICLES = frozenset({"a", "an", "the"})
_VOWEL = re.compile(r"[aeiou]|(?:hour|honest|honou?r|heir)", re.IGNORECASE)
# as `you` or `won`: unicorn, user, ukulele, euro, ewe, one-way; not uninvited, unmade, usher
_CONSONANT = re.compile(
    r"uni(?!n|m[a-z]|d)|u[bkst][aeiu]|ur[aio]|eu|ewe|ewer|once|one(?![a-z])", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def article(following: str) -> str:
    """`a` or `an`, by how the word that follows begins."""
    return "an" if _VOWEL.match(following) and not _CONSONANT.match(following) else "a"


def agreeing(determiner: str, following: str) -> str:
    """A determiner as it is before another word; other ones than `a` and `an` stay."""
    if determiner.lower() not in ("a", "an"):
        return determiner
    fitting = article(following)
    return fitting.capitalize() if determiner[0].isupper() else fitting


def lowered(text: str) -> str | None:
    """A caption's beginning as it is inside one; None where its capital may be a name's.

    A capital is the sentence's own where the word is an article or a number.
    """
    first = _WORD.match(text)
    if first is None or text[:1].islower():
        return text
    word = first.group().lower()
    return text[:1].lower() + text[1:] if word in ARTICLES | NUMBERS else None


def raised(text: str) -> str:
    """A text as a sentence begins."""
    return text[:1].upper() + text[1:]


def spelt(text: str) -> bool:
    """Whether a text is plain lower-case words: no name, sign, number or abbreviation."""
    return re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", text) is not None
