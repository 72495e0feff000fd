"""Words that tie a caption to its picture: (caption, language) -> the word found, or none.

`lexicon/<language>.toml` holds a language's words by kind; a new language is a new file.

    scattered = true                words stand apart (false: found anywhere, as in Japanese)
    [words]
    colour = "red, blue*, *coloured"    * stands for any ending, or any beginning
    [sides]
    safe = ['to the {side}']        patterns within which sides may be swapped, nowhere else
    doubt = "politic*"              words beside which a side may be none, and nothing is swapped

The words for sides, and which is the opposite of which, are those of `curate.dataset.sides`.

Words are compared without case and accents, and of camel case ("BlueMan#110") each part, too. Where
in doubt a list holds too much: a word too many costs a made pair, a word too few makes a caption
false.
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.words.word_lists import WordLists
from curate.dataset import sides
from curate.dataset.errors import DataError
from curate.dataset.languages import primary as primary_of

KINDS = {
    "side": "left and right",
    "pointing": "arrows, and what points or faces somewhere",
    "writing": "letters, digits, signs, screens, maps, music: wrong in a mirror",
    "turning": "a direction or order: clockwise, forward, waxing, east",
    "number": "how many, or a digit shown",
    "several": "more than one thing, or one beside another",
    "extent": "the picture's edges, frame or viewpoint",
    "colour": "colours, and what is known by its colour",
    "emblem": "flags, arms, traffic lights: both side and colour matter",
    "light": "time of day, weather, lamps, brightness",
    "weather": "rain, snow, dry and wet, indoors and outdoors",
    "tilt": "above and below, level, upright, angles",
    "clarity": "sharpness, grain, resolution",
    "process": "how the picture was processed, as in a manual of image editing",
    "negation": "not, no, without: what is not there",
}
_LEXICON = Path(__file__).parent / "lexicon"
_QUOTED = re.compile(r"[\"“”„«»「」『』]")  # a caption that quotes says what is written
_TOKEN = re.compile(r"[^\W\d_]+")
_LOWER, _UPPER = "a-zß-öø-ÿа-яё", "A-ZÀ-ÖØ-ÞА-ЯЁ"
_JOINED = re.compile(  # where a word of camel case, or a number, begins: skyBlue, XRed, Blue110
    rf"(?<=[{_LOWER}])(?=[{_UPPER}\d])"
    rf"|(?<=[{_UPPER}])(?=\d|[{_UPPER}][{_LOWER}])|(?<=\d)(?=[{_UPPER}][{_LOWER}])"
)
_DIGITS = re.compile(r"\d+")
_RESOLUTION = re.compile(  # 1920x1080, 1080p, 4K, 12 MP, 300 dpi; х and к are Cyrillic, too
    r"\b[1-9]\d{2,4} ?[x×х] ?[1-9]\d{2,4}\b"
    r"|(?<![$€£.,\w])(?:[24568]|12|16)[kк]\b"
    r"|\b(?:\d{3,4}[pi]|\d+ ?(?:mp|мп|dpi|ppi))\b",
    re.IGNORECASE,
)
_REMEMBERED = 1024  # captions: several transforms ask the same of a picture's captions


@dataclass(frozen=True)
class _Language:
    scattered: bool
    kinds: WordLists
    opposites: Mapping[str, str]
    safe: tuple[re.Pattern[str], ...]
    doubt: WordLists


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that there are words for, as primary BCP-47 subtags, sorted."""
    return tuple(sorted(file.stem for file in _LEXICON.glob("*.toml")))


@functools.lru_cache(_REMEMBERED)
def covered(lang: str) -> bool:
    """Whether there are words for a BCP-47 tag; only its primary subtag counts."""
    return primary_of(lang) in languages()


def mention(caption: str, lang: str, kind: str) -> str | None:
    """The first word of a kind that a caption holds, or None.

    Raises:
        DataError: an unknown kind, or a language without words; says which there are.
    """
    if kind not in KINDS:
        raise DataError(f"no kind of words {kind!r} (known: {', '.join(KINDS)})")
    return mentions(caption, lang).get(kind)


@functools.lru_cache(_REMEMBERED)
def mentions(caption: str, lang: str) -> Mapping[str, str]:
    """The first word of each kind that a caption holds, by kind.

    Raises:
        DataError: a language without words; says which there are.
    """
    words = _language(primary_of(lang))
    found = dict(reversed(words.kinds.within(plain(caption, scattered=words.scattered))))
    if shown := _written(caption):
        found["writing"] = shown
    if resolution := _RESOLUTION.search(caption):
        found["clarity"] = resolution.group()
    if digits := _DIGITS.search(caption):
        found["number"] = digits.group()
    return found


def every(caption: str, lang: str, kind: str) -> list[str]:
    """All words of a kind that a caption holds, in plain form (see above), in no sure order.

    Raises:
        DataError: an unknown kind, or a language without words; says which there are.
    """
    if mention(caption, lang, kind) is None:
        return []
    words = _language(primary_of(lang))
    held = words.kinds.within(plain(caption, scattered=words.scattered))
    found = [word for name, word in held if name == kind]
    return found + (_DIGITS.findall(caption) if kind == "number" else [])


def swap_sides(caption: str, lang: str) -> str | None:
    """The caption of the mirrored picture: left and right swapped, case kept.

    Returns:
        The caption itself where it names no side; None where a side cannot be swapped safely.

    Raises:
        DataError: a language without words.
    """
    words = _language(primary_of(lang))
    if "side" not in mentions(caption, lang):
        return caption
    text = plain(caption, scattered=words.scattered)
    if words.doubt.within(text):
        return None
    held = words.kinds.within(text)
    named = sum(kind == "side" for kind, _ in held)
    spans = {m.span("side") for pattern in words.safe for m in pattern.finditer(caption)}
    parts, at = [], 0
    for start, end in sorted(spans):
        word = caption[start:end]
        opposite = _cased(words.opposites[word.lower()], word)
        if opposite is None:
            return None
        parts += [caption[at:start], opposite]
        at = end
    return "".join([*parts, caption[at:]]) if len(spans) == named else None


@functools.cache
def _language(primary: str) -> _Language:
    data = _lexicon(primary)
    scattered = data["scattered"]
    lists = {kind: words_of(primary, kind)[1] for kind in KINDS}
    opposites = sides.languages()[primary].opposites
    side = f"(?P<side>{'|'.join(sorted(map(re.escape, opposites), key=len, reverse=True))})"
    safe = [re.compile(p.replace("{side}", side), re.IGNORECASE) for p in data["sides"]["safe"]]
    doubt = {"doubt": listed(data["sides"]["doubt"], scattered=scattered)}
    kinds, doubts = (WordLists(words, scattered=scattered) for words in (lists, doubt))
    return _Language(scattered, kinds, opposites, tuple(safe), doubts)


@functools.cache
def _lexicon(primary: str) -> dict[str, Any]:
    """The words of a language as its file has them."""
    file = _LEXICON / f"{primary}.toml"
    if not file.is_file():
        raise DataError(f"no words for language {primary!r} (known: {', '.join(languages())})")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    if {"side", *data["words"]} != set(KINDS):
        raise DataError(f"{file}: kinds of words are {', '.join(KINDS)}")
    if primary not in sides.languages():
        raise DataError(f"no words for left and right in language {primary!r}: see sides.toml")
    return data


def words_of(lang: str, kind: str) -> tuple[bool, list[str]]:
    """Whether a language's words stand apart, and those of a kind, plain, with their `*`."""
    primary = primary_of(lang)
    data = _lexicon(primary)
    scattered = data["scattered"]
    if kind == "side":
        return scattered, [plain(w, scattered=scattered) for w in sides.languages()[primary].words]
    return scattered, listed(data["words"][kind], scattered=scattered)


def listed(text: str, *, scattered: bool) -> list[str]:
    """The words of a list in a file, plain, with their `*`."""
    return [plain(word.strip(), scattered=scattered) for word in text.replace("\n", " ").split(",")]


def plain(text: str, *, scattered: bool) -> str:
    """Lower case; where words stand apart also one apostrophe, no underscores, no accents.

    Behind it stand the parts of each word of camel case.
    """
    if not scattered:
        return unicodedata.normalize("NFKC", text).casefold()
    spaced = text.translate({ord("’"): "'", ord("_"): " "})
    parts = [_JOINED.sub(" ", word) for word in spaced.split() if _JOINED.search(word)]
    spaced = " ".join([spaced, *parts])
    if spaced.isascii():
        return spaced.casefold()
    split = unicodedata.normalize("NFKD", spaced).casefold()
    return "".join(c for c in split if not unicodedata.combining(c))


def _written(caption: str) -> str | None:
    """What a caption quotes: quotation marks, words in capitals, a capital on its own."""
    if quoted := _QUOTED.search(caption):
        return str(quoted.group())
    for token in _TOKEN.findall(caption):
        if token.isupper() and (len(token) > 1 or (token.isascii() and token not in "AI")):
            return str(token)
    return None


def _cased(word: str, like: str) -> str | None:
    """A lower-case word in the case of another, or None where that follows no pattern."""
    if like == like.lower():
        return word
    if like == like.capitalize():
        return word.capitalize()
    return word.upper() if like == like.upper() else None
