"""A text in; its words, in whatever script it is written, out.

A word is a run of letters, their marks and digits. Of scripts without spaces between words each
letter is one, as measures of Chinese captions have it: where words end only a dictionary of the
language could tell. Such are Han, kana and Bopomofo, and those whose lines Unicode has broken by
dictionary (UAX 14, class SA): Thai, Lao, Khmer, Burmese and their neighbours. Tibetan parts its
syllables by a mark of its own. Vowel signs of Devanagari, Tamil or Thai are marks, at which a word
as Python's `re` has it would end.
"""

from functools import cache

import regex

_SPACELESS = r"[\p{LB=SA}\p{LB=CJ}\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Yi}]"
_LETTER = rf"(?=[\p{{L}}\p{{N}}]){_SPACELESS}"
_RUN = rf"[[\p{{L}}\p{{M}}\p{{N}}]--{_SPACELESS}]+"
_JOINERS = "\u200c\u200d"  # that stand inside words of Persian, Sinhala and others
SPACELESS = regex.compile(_LETTER, regex.V1)
"""A letter of a script without spaces between words."""


@cache
def pattern(joined: str = "") -> regex.Pattern[str]:
    """What a word looks like; `joined` as in `words`."""
    between = f"[{_JOINERS}{regex.escape(joined)}]+"
    return regex.compile(rf"{_LETTER}\p{{M}}*|{_RUN}(?:{between}{_RUN})*", regex.V1)


def words(text: str, joined: str = "") -> list[str]:
    """The words of a text, in its order and letter case.

    Args:
        text: any.
        joined: characters that part no word where they stand inside one, as apostrophes.
    """
    return pattern(joined).findall(text)
