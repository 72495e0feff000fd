"""WordNet in; the words that describe a meaning, as base forms, and how much each tells, out."""

import functools
import math
import re
from collections import Counter

from curate.dataset.wordnet import NOUN, VERB, WordNet

_WORD = re.compile(r"[^\W\d_]{3,}")
_EXAMPLE = re.compile(r'"[^"]*"')
_DULL = frozenset(
    _WORD.findall(
        "and any are but for from has have not one other out that the them they this used was were "
        "which who whose with something someone usually especially often made make like having "
        "form part kind very being more most such than into when what its some two can use man "
        "woman person people"
    )
)


class Descriptions:
    """Words of definitions in base form: `fruits` and `fruit` are the same.

    Args:
        database: WordNet.
    """

    def __init__(self, database: WordNet) -> None:
        self._database = database
        self._base: dict[str, str] = {}
        self._described: dict[tuple[str, int], frozenset[str]] = {}

    def words(self, text: str) -> frozenset[str]:
        """Base forms of a text's words of three letters and more, those that tell nothing aside."""
        return frozenset({self._base_form(word) for word in _WORD.findall(text.lower())} - _DULL)

    def of(self, id_: str, above: int) -> frozenset[str]:
        """Words of a meaning's lemmas and definition, and of the lemmas of some above it.

        Args:
            id_: of the synset.
            above: how many of those that it is a kind of, the nearest first.
        """
        if (id_, above) not in self._described:
            synset = self._database.synset(id_)
            ups = self._database.ancestors(id_)[:above]
            names = [name for up in ups for name in self._database.synset(up).lemmas]
            told = [*synset.lemmas, _EXAMPLE.sub("", synset.gloss), *names]
            self._described[id_, above] = self.words(" ".join(told))
        return self._described[id_, above]

    def weight(self, word: str) -> float:
        """Inverse document frequency of a word among the definitions of nouns, natural log."""
        return math.log(self._size / (1 + self._counts[word]))

    def weigh(self, words: frozenset[str]) -> float:
        """What some words tell in all; sorted, so that the sum is the same each time."""
        return sum(self.weight(word) for word in sorted(words))

    def _base_form(self, word: str) -> str:
        if word not in self._base:
            forms = self._database.base_forms(word, NOUN) or self._database.base_forms(word, VERB)
            self._base[word] = forms[0] if forms else word
        return self._base[word]

    @functools.cached_property
    def _frequencies(self) -> tuple[int, Counter[str]]:
        counts: Counter[str] = Counter()
        size = 0
        for gloss in self._database.glosses(NOUN):
            counts.update(self.words(_EXAMPLE.sub("", gloss)))
            size += 1
        return size, counts

    @property
    def _size(self) -> int:
        return self._frequencies[0]

    @property
    def _counts(self) -> Counter[str]:
        return self._frequencies[1]


@functools.lru_cache(maxsize=2)
def of_database(database: WordNet) -> Descriptions:
    """The descriptions of a database, made once."""
    return Descriptions(database)
