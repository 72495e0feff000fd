"""WordNet's database files in, lemmas, senses and synsets out: a lookup reads one line, not all.

The files (`index.*`, `data.*`, `*.exc`, `cntlist.rev`; format: wndb(5WN)) come from the fetched
package `wordnet-base` (3.0) or any other archive that holds them. NLTK reads them only beside
`lexnames` and `index.sense`, which that package lacks, so they are read here. Base forms are
found as WordNet's own morphy does (morphy(7WN)).
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from curate.dataset import packages as fetched
from curate.dataset.errors import DataError, SourceError
from curate.dataset.read_once import read_once

NOUN, VERB, ADJECTIVE, ADVERB = "n", "v", "a", "r"
_FILES = {NOUN: "noun", VERB: "verb", ADJECTIVE: "adj", ADVERB: "adv"}
_KEY_TYPES = {"1": NOUN, "2": VERB, "3": ADJECTIVE, "4": ADVERB, "5": ADJECTIVE}
_ENDINGS = {
    NOUN: "s: ses:s ves:f xes:x zes:z ches:ch shes:sh men:man ies:y",
    VERB: "s: ies:y es:e es: ed:e ed: ing:e ing:",
    ADJECTIVE: "er: est: er:e est:e",
    ADVERB: "",
}
_LEXFILES = [
    "adj.all", "adj.pert", "adv.all", "noun.Tops", "noun.act", "noun.animal", "noun.artifact",
    "noun.attribute", "noun.body", "noun.cognition", "noun.communication", "noun.event",
    "noun.feeling", "noun.food", "noun.group", "noun.location", "noun.motive", "noun.object",
    "noun.person", "noun.phenomenon", "noun.plant", "noun.possession", "noun.process",
    "noun.quantity", "noun.relation", "noun.shape", "noun.state", "noun.substance",
    "noun.time", "verb.body", "verb.change", "verb.cognition", "verb.communication",
    "verb.competition", "verb.consumption", "verb.contact", "verb.creation", "verb.emotion",
    "verb.motion", "verb.perception", "verb.possession", "verb.social", "verb.stative",
    "verb.weather", "adj.ppl",
]  # fmt: skip
_RULES = {
    pos: [tuple(rule.split(":")) for rule in rules.split()] for pos, rules in _ENDINGS.items()
}


class Pointer(NamedTuple):
    """What leads from one meaning to another (wninput(5WN))."""

    symbol: str  # @ kind of, @i instance of, ~ the reverse, #p part of, %p has part, ! antonym, ...
    target: str  # id
    word: int  # of its synset's lemmas, from 1, whose own the pointer is; 0: of all
    target_word: int  # the same of the target's


class Synset(NamedTuple):
    """One meaning: `n02084071` (part of speech and offset, as ImageNet names it)."""

    id: str
    name: str  # first lemma, part of speech, number of its sense: dog.n.01
    lemmas: tuple[str, ...]  # with spaces
    lexfile: str  # field of meaning: noun.animal
    gloss: str  # definition and examples
    hypernyms: tuple[str, ...]  # ids, the kind-of and the instance-of ones
    pointers: tuple[Pointer, ...] = ()  # all of them, in the database's order

    def related(self, *symbols: str) -> list[str]:
        """Ids that pointers with one of these symbols lead to."""
        return [pointer.target for pointer in self.pointers if pointer.symbol in symbols]


class WordNet:
    """A folder of WordNet's database files.

    Args:
        folder: where `index.noun` and its like lie.

    Raises:
        DataError: a file is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = {pos: self._read_index(name) for pos, name in _FILES.items()}
        self._exceptions = {pos: self._read_exceptions(name) for pos, name in _FILES.items()}
        self._counts = self._read_counts()
        self._synsets: dict[str, Synset] = {}
        self.phrase_starts = self._read_phrase_starts()

    def senses(self, lemma: str, pos: str) -> list[str]:
        """Ids of a lemma's synsets, the most frequent first; none for an unknown lemma."""
        if (line := self._index[pos].get(lemma.lower().replace(" ", "_"))) is None:
            return []
        fields = line.split()
        return [pos + offset for offset in fields[len(fields) - int(fields[0]) :]]

    def known(self, lemma: str, pos: str) -> bool:
        """Whether the database holds a lemma (words parted by spaces) as that part of speech."""
        return lemma.lower().replace(" ", "_") in self._index[pos]

    def count(self, lemma: str, pos: str, sense: int = 0) -> int:
        """How often WordNet's tagged texts use a lemma, or its sense of that number (from 1)."""
        return self._counts.get((lemma.lower().replace(" ", "_"), pos, sense), 0)

    def counted(self, pos: str) -> list[tuple[str, int, int]]:
        """Every lemma of a part of speech that the tagged texts use: sense (from 1) and uses."""
        return [
            (lemma.replace("_", " "), sense, count)
            for (lemma, own, sense), count in sorted(self._counts.items())
            if own == pos and sense and 0 < sense <= len(self.senses(lemma, pos))
        ]

    def nouns(self) -> list[str]:
        """Every noun of the database, words parted by spaces, in alphabetical order."""
        return sorted(lemma.replace("_", " ") for lemma in self._index[NOUN])

    def glosses(self, pos: str) -> Iterator[str]:
        """Definition and examples of every synset of a part of speech."""
        for line in self._data[pos].splitlines():
            yield line.partition(b" | ")[2].decode("utf-8", errors="replace")

    def base_forms(self, word: str, pos: str) -> list[str]:
        """Lemmas (with spaces) that a word or phrase may be a form of, likeliest first."""
        form = word.lower().replace(" ", "_")
        index = self._index[pos]
        found = [*self._exceptions[pos].get(form, ())]
        if form in index:
            found.append(form)
        if not (pos == NOUN and (form.endswith("ss") or len(form) <= 2)):
            for old, new in _RULES[pos]:
                if form.endswith(old) and (base := form[: len(form) - len(old)] + new) in index:
                    found.append(base)
        return list(dict.fromkeys(name.replace("_", " ") for name in found))

    def synset(self, id_: str) -> Synset:
        """The synset of an id.

        Raises:
            DataError: there is none.
        """
        if id_ not in self._synsets:
            self._synsets[id_] = self._read_synset(id_)
        return self._synsets[id_]

    def ancestors(self, id_: str) -> list[str]:
        """Ids of all that a synset is a kind of, the nearest first, itself not among them."""
        found: dict[str, None] = {}
        level = self.synset(id_).hypernyms
        while level:
            found.update(dict.fromkeys(level))
            level = tuple(h for i in level for h in self.synset(i).hypernyms if h not in found)
        return list(found)

    def _lines(self, name: str) -> list[str]:
        try:
            text = (self._folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise DataError(f"{self._folder} is no WordNet folder: {error}") from error
        return text.splitlines()

    def _read_index(self, name: str) -> dict[str, str]:
        """Lemma -> rest of its line; the licence's lines start with spaces."""
        parted = (line.split(" ", 1) for line in self._lines(f"index.{name}") if line[:1] != " ")
        return {lemma: rest.split(" ", 1)[1] for lemma, rest in parted}

    def _read_exceptions(self, name: str) -> dict[str, list[str]]:
        known = self._index[next(pos for pos, n in _FILES.items() if n == name)]
        rows = (line.split() for line in self._lines(f"{name}.exc"))
        return {row[0]: [base for base in row[1:] if base in known] for row in rows if row}

    def _read_counts(self) -> dict[tuple[str, str, int], int]:
        counts: dict[tuple[str, str, int], int] = defaultdict(int)
        for line in self._lines("cntlist.rev"):
            key, sense, count = line.split()
            lemma, _, rest = key.partition("%")
            pos = _KEY_TYPES[rest[0]]
            counts[lemma, pos, int(sense)] += int(count)
            counts[lemma, pos, 0] += int(count)
        return dict(counts)

    def _read_phrase_starts(self) -> dict[str, int]:
        """First word of every noun of several words -> words in the longest one."""
        longest: dict[str, int] = {}
        for lemma in self._index[NOUN]:
            if "_" in lemma:
                first, *rest = lemma.split("_")
                longest[first] = max(longest.get(first, 0), 1 + len(rest))
        return longest

    @functools.cached_property
    def _data(self) -> dict[str, bytes]:
        try:
            return {
                pos: (self._folder / f"data.{name}").read_bytes() for pos, name in _FILES.items()
            }
        except OSError as error:
            raise DataError(f"{self._folder} is no WordNet folder: {error}") from error

    def _read_synset(self, id_: str) -> Synset:
        """A line of a data file: its byte offset is the synset's name."""
        pos, offset = id_[:1], id_[1:]
        data = self._data.get(pos, b"")
        start = int(offset) if offset.isdecimal() else len(data)
        line = data[start : data.find(b"\n", start)].decode("utf-8", errors="replace")
        if not line.startswith(f"{offset} "):
            raise DataError(f"{self._folder} has no synset {id_!r}")
        facts, _, gloss = line.partition(" | ")
        fields = facts.split()
        words = int(fields[3], 16)
        lemmas = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]) for i in range(words)]
        told = fields[4 + 2 * words :]
        pointers = [_pointer(told[i : i + 4]) for i in range(1, 1 + 4 * int(told[0]), 4)]
        number = self.senses(lemmas[0], pos).index(id_) + 1
        return Synset(
            id=id_,
            name=f"{lemmas[0].lower()}.{pos}.{number:02d}",
            lemmas=tuple(lemma.replace("_", " ") for lemma in lemmas),
            lexfile=_LEXFILES[int(fields[1])],
            gloss=gloss.strip(),
            hypernyms=tuple(p.target for p in pointers if p.symbol in ("@", "@i")),
            pointers=tuple(pointers),
        )


def _pointer(fields: list[str]) -> Pointer:
    """Symbol, offset, part of speech (s: an adjective like another), two words' numbers in hex."""
    symbol, offset, pos, words = fields
    target = (ADJECTIVE if pos == "s" else pos) + offset
    return Pointer(symbol, target, int(words[:2], 16), int(words[2:], 16))


@read_once(lambda folder: [folder], keep=2)
def open_folder(folder: Path) -> WordNet:
    """The database at a folder."""
    return WordNet(folder)


def folder_of(packages: Path, name: str) -> Path:
    """Folder with the database files inside a fetched package.

    Raises:
        SourceError: the package was not fetched, or holds no such files.
    """
    place = fetched.unpack(packages, name)
    found = sorted(place.rglob("index.noun"))
    if not found:
        raise SourceError(f"package {name} at {place} holds no index.noun; wordnet-base does")
    return found[0].parent


def folder_at(place: Path) -> Path:
    """Folder with the database files at a place: itself, or in the fetched package of its name.

    Raises:
        SourceError: as `folder_of`.
    """
    return place if place.is_dir() else folder_of(place.parent, place.stem)


def check(place: Path) -> None:
    """Make sure that there is a WordNet for a scorer.

    Raises:
        DataError: there is none.
    """
    if not place.exists():
        raise DataError(
            f"no WordNet at {place}: `dvc repro fetch` gets its package; to do without, take the "
            "section out of params.yaml"
        )
