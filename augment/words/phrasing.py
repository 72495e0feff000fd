"""Captions in, longer captions of the same language out: joined, listed, placed beside each other.

`phrases/<language>.toml` holds a language's forms; a new language is a new file.

    joined = "{a} and {b}"            two captions as one phrase
    stop = "."                        ends a sentence
    space = " "                       stands between sentences
    articles = "a an the"             words that a capital may be taken from within a phrase
    common = "lower"                  a common noun's first letter in a phrase: lower, or kept
    [placed]                          needs neither case nor agreement, so that any name fits
    left = "left: {a}, right: {b}"    a is to the left of b
    above = "top: {a}, bottom: {b}"   a is above b
    [before]                          optional: another form of `joined` before some sounds
    sounds = '^h?i(?!e)'
    joined = "{a} e {b}"
"""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from curate.dataset.errors import DataError
from curate.dataset.languages import primary as primary_of

_PHRASES = Path(__file__).parent / "phrases"
_FINAL = ".!。！"
_NO_PHRASE = re.compile(r"[^\w\s'’ʼ・\-‐]")  # signs that make more of a caption than one phrase
_LONGEST = (60, 8)  # characters and words of a caption that is one phrase


class Placed(NamedTuple):
    """A text and where in it two phrases stand: (start, end), characters."""

    text: str
    a: tuple[int, int]
    b: tuple[int, int]


@dataclass(frozen=True)
class _Language:
    joined: str
    stop: str
    space: str
    articles: frozenset[str]
    common: str
    placed: dict[str, str]
    sounds: re.Pattern[str] | None
    before: str


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that there are forms for, as primary BCP-47 subtags, sorted."""
    return tuple(sorted(file.stem for file in _PHRASES.glob("*.toml")))


def covered(lang: str) -> bool:
    """Whether there are forms for a BCP-47 tag; only its primary subtag counts."""
    return primary_of(lang) in languages()


def phrase(caption: str, lang: str, common: bool = False) -> str | None:
    """A caption as it stands within another: no final mark, no capital of an article.

    Args:
        caption: as people wrote it.
        lang: BCP-47 tag of a covered language.
        common: it names a kind of thing, so that no capital is a proper name's.

    Returns:
        None where it is more than one phrase: it has other signs, digits, or too much to say.
    """
    text = caption.strip().rstrip(_FINAL).strip()
    if not text[:1].isalpha() or len(text) > _LONGEST[0] or len(text.split()) > _LONGEST[1]:
        return None
    if _NO_PHRASE.search(text) or re.search(r"[\d_]|--| - ", text):
        return None
    words = _language(primary_of(lang))
    first = text.split()[0]
    lowered = first.lower() in words.articles or (common and words.common == "lower")
    return text[0].lower() + text[1:] if lowered and not first[1:].isupper() else text


def join(a: str, b: str, lang: str) -> Placed:
    """Two phrases as one: "a lion and a hedgehog"."""
    words = _language(primary_of(lang))
    sounded = words.sounds is not None and words.sounds.search(b.casefold())
    return fill(words.before if sounded else words.joined, a, b)


def sentences(a: str, b: str, lang: str) -> str:
    """Two captions as two sentences, each with its own mark or a full stop."""
    words = _language(primary_of(lang))
    ended = [text if text[-1:] in (*_FINAL, "?", "？") else text + words.stop for text in (a, b)]
    return words.space.join(ended)


def place(a: str, b: str, relation: str, lang: str) -> Placed:
    """Two phrases by place: "links: ein Löwe, rechts: ein Igel".

    Args:
        a: phrase of what is to the left, or above.
        b: phrase of the other.
        relation: left or above.
        lang: BCP-47 tag of a covered language.
    """
    return fill(_language(primary_of(lang)).placed[relation], a, b)


def fill(form: str, a: str, b: str) -> Placed:
    """A form with two phrases in its places {a} and {b}, in this order."""
    start_a = form.index("{a}")
    start_b = form.index("{b}") - len("{a}") + len(a)  # `a` stands first in every form
    text = form.format(a=a, b=b)
    return Placed(text, (start_a, start_a + len(a)), (start_b, start_b + len(b)))


@functools.cache
def _language(primary: str) -> _Language:
    file = _PHRASES / f"{primary}.toml"
    if not file.is_file():
        raise DataError(f"no forms for language {primary!r} (known: {', '.join(languages())})")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    before = data.get("before")
    return _Language(
        data["joined"],
        data["stop"],
        data["space"],
        frozenset(data["articles"].split()),
        data["common"],
        data["placed"],
        re.compile(before["sounds"]) if before else None,
        before["joined"] if before else data["joined"],
    )
