"""What a model made of a caption in, why it is refused out: models invent, so they are checked.

A paraphrase must keep every word of the caption that counts, colours, places or denies (KEPT), the
order of its words where they are tied to one another ("a dog left of a cat", "a red hat and a blue
one"), its language and about its length: what is in doubt is refused. A captioner's caption may
claim none of those words that the picture's captions do not, and must name something that they
name.
"""

import functools
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from py3langid import langid

from augment.words import caption_words
from curate.dataset.languages import primary
from curate.dataset.words import words as words_of

KEPT = (
    *("number", "colour", "side", "pointing", "turning", "tilt", "light", "weather", "extent"),
    *("several", "negation"),
)
_PLACED = (
    "side",
    "pointing",
    "tilt",
    "extent",
    "negation",
)  # one such word ties what it is between
_SHARED = ("number", "colour")  # two different ones are tied to a thing each
_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = "-'’"  # characters that part no word
_TELLING = 5  # words from which on a language is told by its words; fewer tell too little
_DOUBT = 0.01  # how likely, against the likeliest language, its own must be
_LATIN = 0x250  # the first code point after Latin letters and their accents
_STEM = 3  # first letters that the cases of a word have in common
_KANA = 0x3040  # the first code point of scripts without spaces
_CONTENT = 3  # letters of a word that may name something
_DULL = frozenset(("the", "and", "with", "for", "from", "that", "this", "has", "are", "its"))


class Refusal(NamedTuple):
    """Why a caption is refused: a reason to count, and what it was."""

    reason: str
    detail: str


def paraphrase(
    parent: str, text: str, lang: str, shortest: float, longest: float
) -> Refusal | None:
    """Why a text may not stand for a caption, or None.

    Args:
        parent: the caption.
        text: what a model made of it.
        lang: BCP-47 tag of both.
        shortest: least ratio of their numbers of words.
        longest: greatest ratio.
    """
    if found := _unknown(lang):
        return found
    if plain(text) == plain(parent):
        return Refusal("copy", text)
    if found := _malformed(parent, text, lang):
        return found
    ratio = len(words_of(text, _INSIDE)) / max(1, len(words_of(parent, _INSIDE)))
    if not shortest <= ratio <= longest:
        return Refusal("length", f"{ratio:.2f} times as many words: {text}")
    for kind in KEPT:
        was, becomes = mentions(parent, lang, kind), mentions(text, lang, kind)
        if was != becomes:
            return Refusal(f"{kind} changed", f"{_words(was)} became {_words(becomes)}: {text}")
    if _tied(parent, lang) and not _in_order(parent, text):
        return Refusal("order changed", text)
    return None


def description(captions: Sequence[str], text: str, lang: str) -> Refusal | None:
    """Why a captioner's text may not stand beside a picture's captions, or None."""
    if found := _unknown(lang):
        return found
    if plain(text) in {plain(caption) for caption in captions}:
        return Refusal("copy", text)
    if found := _malformed(" ".join(captions), text, lang):
        return found
    for kind in KEPT:
        there = sum((mentions(caption, lang, kind) for caption in captions), Counter[str]())
        if new := Counter(set(mentions(text, lang, kind))) - Counter(set(there)):
            return Refusal(f"{kind} claimed", f"{_words(new)}: {text}")
    named = {w for c in captions for w in _content(c)}
    if not named & _content(text):
        return Refusal("names nothing of the captions", text)
    return None


def mentions(text: str, lang: str, kind: str) -> Counter[str]:
    """Every word of a kind that a text holds, without case and accents."""
    return Counter(caption_words.every(text, lang, kind))


def plain(text: str) -> str:
    """A text as its words alone, to tell a copy."""
    return " ".join(_WORD.findall(text.casefold()))


def _unknown(lang: str) -> Refusal | None:
    if caption_words.covered(lang):
        return None
    known = ", ".join(caption_words.languages())
    return Refusal("no words for the language", f"{lang}; there are {known}")


def _malformed(parent: str, text: str, lang: str) -> Refusal | None:
    words = _WORD.findall(text.casefold())
    if not words:
        return Refusal("empty", text)
    most = Counter(itertools.pairwise(words)).most_common(1)
    if len(words) > 2 and (len(set(words)) * 2 < len(words) or (most and most[0][1] > 1)):
        return Refusal("repeats itself", text)
    if not _scripts(text) <= {True, *_scripts(parent)}:
        return Refusal("language", f"another script: {text}")
    if len(words) >= _TELLING:
        ranked = _identifier().rank(text)
        if dict(ranked)[primary(lang)] < _DOUBT * ranked[0][1]:
            return Refusal("language", f"{ranked[0][0]}: {text}")
    return None


def _tied(text: str, lang: str) -> bool:
    """Whether a caption is another one when its things change places."""
    placed = any(mentions(text, lang, kind) for kind in _PLACED)
    return placed or any(len(mentions(text, lang, kind)) > 1 for kind in _SHARED)


def _in_order(parent: str, text: str) -> bool:
    """Whether the words that both hold, whatever their endings, stand in the same order."""
    one, other = (list(dict.fromkeys(_stems(t))) for t in (parent, text))
    return [stem for stem in one if stem in other] == [stem for stem in other if stem in one]


def _stems(text: str) -> list[str]:
    """The beginnings of its words; each sign where it is written without spaces."""
    words = [word for word in _WORD.findall(text.casefold()) if word not in _DULL]
    return [
        part
        for word in words
        for part in (word if ord(word[0]) >= _KANA else [word[:_STEM]] if word[2:] else [])
    ]


def _scripts(text: str) -> set[bool]:
    """Whether its letters are Latin ones, or others, or both."""
    return {ord(c) < _LATIN for c in text if c.isalpha()}


@functools.cache
def _identifier() -> Any:
    """Tells the languages that there are words for from one another."""
    found = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    found.set_languages(list(caption_words.languages()))
    return found


def _content(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {word for word in words if len(word) >= _CONTENT} - _DULL


def _words(found: Counter[str]) -> str:
    return ", ".join(sorted(found.elements())) or "nothing"
