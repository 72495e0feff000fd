"""Lists of words with wildcards in; which words of which lists a text holds, out.

`*` stands for any ending, or any beginning. Where words stand apart, a text is looked at once,
where its words begin, and there only for words that begin so: hundreds cost little more than ten.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

_START = re.compile(r"(?<!\w)\w")
_ANY = "*"  # in place of a first letter: any

Patterns = tuple[tuple[str, re.Pattern[str]], ...]


class WordLists:
    """Words to look for.

    Args:
        lists: name -> words, in the same plain form as the texts.
        scattered: words stand apart; else they are found anywhere.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]], *, scattered: bool) -> None:
        begun: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        for name, words in lists.items():
            for word in sorted(words):
                begun[word[0] if scattered else _ANY].setdefault(name, []).append(word)
        self._scattered = scattered
        self._others = _patterns(begun[_ANY], {}, scattered)
        self._begun = {
            first: _patterns(begun[_ANY], own, scattered) for first, own in begun.items()
        }

    def within(self, text: str) -> list[tuple[str, str]]:
        """(list, word) of what a text holds; of one list from left to right, none overlapping."""
        if not self._scattered:
            found = ((name, p.findall(text)) for name, p in self._others)
            return [(name, word) for name, words in found for word in words]
        ends: dict[str, int] = {}
        held = []
        for begin in _START.finditer(text):
            start = begin.start()
            for name, pattern in self._begun.get(begin.group(), self._others):
                if (match := pattern.match(text, start)) and start >= ends.get(name, 0):
                    ends[name] = match.end()
                    held.append((name, match.group()))
        return held


def _patterns(
    anyhow: Mapping[str, list[str]], own: Mapping[str, list[str]], scattered: bool
) -> Patterns:
    """A pattern for each list that has words of any beginning or of one."""
    found = []
    for name in dict.fromkeys([*anyhow, *own]):
        words = dict.fromkeys([*anyhow.get(name, ()), *own.get(name, ())])
        choices = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
        found.append((name, re.compile(rf"(?:{choices})(?!\w)" if scattered else choices)))
    return tuple(found)
