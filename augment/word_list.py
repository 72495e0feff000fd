"""A list of words with wildcards in; the words of it that a text holds, out.

`*` stands for any ending, or any beginning. Where words stand apart, a text is looked at where its
words begin, and each time only for words of the list that begin so: a list of hundreds costs little
more than one of ten.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

_START = re.compile(r"(?<!\w)\w")
_REMEMBERED = 1024  # texts: several lists are asked about each


class WordList:
    """Words to look for.

    Args:
        words: in the same plain form as the texts.
        scattered: words stand apart; else they are found anywhere.
    """

    def __init__(self, words: Iterable[str], *, scattered: bool) -> None:
        self._scattered = scattered
        begun: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(words):
            begun[word[:1] if scattered else ""].append(word)
        self._begun = {first: _pattern(some, scattered) for first, some in begun.items()}
        self._ending = self._begun.get("*")  # words with any beginning

    def within(self, text: str) -> Iterator[str]:
        """The words that a text holds, from left to right, none within another."""
        if not self._scattered:
            yield from (found.group() for found in self._begun[""].finditer(text))
            return
        end = 0
        for start in _starts(text):
            for pattern in (self._ending, self._begun.get(text[start])):
                if start >= end and pattern and (found := pattern.match(text, start)):
                    end = found.end()
                    yield found.group()


def _pattern(words: list[str], scattered: bool) -> re.Pattern[str]:
    choices = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?:{choices})(?!\w)" if scattered else choices)


@functools.lru_cache(_REMEMBERED)
def _starts(text: str) -> tuple[int, ...]:
    """Where the words of a text begin."""
    return tuple(found.start() for found in _START.finditer(text))
