"""A caption and the language of its tag in; whether it can be read so, whether it colours, out.

People tag what they write by habit: "Gatto Nero" as English. The words of the tag's language say
nothing of such a caption, so it is held against the colours of every language that there are words
for, and against how likely its letters are in its own.
"""

import copy
import functools
import math
import tomllib
from pathlib import Path
from typing import Any

from augment.words import caption_words
from augment.words.word_lists import WordLists
from curate.dataset.languages import primary

_ELSEWHERE = Path(__file__).parent / "elsewhere.toml"
# log10 of how likely its own language is, against the likeliest: of English names of emoji fewer
# than 1% are below, of captions of clip art tagged as English 3.5%, "Gatto Nero" just so
_LEAST = -1.3
_SHORTEST = 6  # letters; of fewer, or of one word that may be a name, no language is said
_LETTERS = 3  # letters that a sign is worth where words stand without spaces
_KANA = 0x3040  # the first code point of such scripts
_PAIRS = 256  # of languages that are told apart, some 60 kB each
_REMEMBERED = 1024  # captions: asked for each transform


@functools.lru_cache(_REMEMBERED)
def readable(caption: str, lang: str) -> bool:
    """Whether there are words for a BCP-47 tag, and the caption may well be in its language."""
    if not caption_words.covered(lang):
        return False
    signs = not caption.isascii() and any(ord(c) >= _KANA for c in caption)
    letters = sum(map(str.isalpha, caption)) * (_LETTERS if signs else 1)
    if letters < _SHORTEST or not (signs or len(caption.split()) > 1):
        return True
    own, (likeliest, _) = primary(lang), _identifier().classify(caption)
    if likeliest == own:
        return True
    _, share = _between(own, likeliest).classify(caption)  # that of all languages takes longer
    return bool(share < 1 and math.log10(1 / share - 1) >= _LEAST)


@functools.lru_cache(_REMEMBERED)
def coloured(caption: str) -> bool:
    """Whether a caption names a colour in any language, whatever its tag."""
    return any(
        words.within(caption_words.plain(caption, scattered=apart)) for apart, words in _colours()
    )


@functools.cache
def _colours() -> tuple[tuple[bool, WordLists], ...]:
    """Words for colours of all languages: those that stand apart, and those found anywhere."""
    lists: dict[bool, list[str]] = {True: [], False: []}
    elsewhere = tomllib.loads(_ELSEWHERE.read_text(encoding="utf-8"))["colour"]
    lists[True] += caption_words.listed(elsewhere, scattered=True)
    for lang in caption_words.languages():
        scattered, words = caption_words.words_of(lang, "colour")
        lists[scattered] += words
    return tuple((s, WordLists({"colour": words}, scattered=s)) for s, words in lists.items())


@functools.cache
def _identifier() -> Any:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)


@functools.lru_cache(_PAIRS)
def _between(one: str, other: str) -> Any:
    """Tells two languages apart, each as likely to the other as among all."""
    found = copy.copy(_identifier())
    found.set_languages([one, other])
    return found
