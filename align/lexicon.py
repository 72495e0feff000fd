"""A written word in, what it can be in a caption out: its parts of speech, lemmas and weights.

Words of closed classes are listed here; nouns, verbs, adjectives and adverbs come from WordNet
with the frequencies of its tagged texts. Tags are one letter each:

    D determiner   Q number or quantity   A adjective   N noun        O pronoun
    V finite verb  G verb in -ing         K participle  B form of be  R adverb
    P preposition  C and, or              W relative    S possessive  X other marks
"""

import functools
import math
from pathlib import Path
from typing import NamedTuple

from curate.dataset import wordnet
from curate.dataset.read_once import read_once
from curate.dataset.wordnet import ADJECTIVE, ADVERB, NOUN, VERB, WordNet

NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    "both": "2", "dozen": "12",
}  # fmt: skip
_CLOSED = {
    "D": "a an the this these those his her its their my your our another each every no all any "
    "such",
    "Q": " ".join(NUMBERS) + " some many several few multiple various numerous",
    "O": "it he she they him them i you we me us there himself herself itself themselves one",
    "B": "is are was were be being been am 's",
    "R": "not very also still just partly mostly slightly together here away so too really "
    "almost quite fully partially half apart outdoors indoors up down out off over",
    "P": "on in of with under behind beside near at above inside by between against over around "
    "across along alongside from to into onto through beneath below underneath past toward "
    "towards off beyond outside among amongst atop for about within without like down up out "
    "during after before upon throughout as next amid opposite via per behide underneith",
    "C": "and or & plus but while nor",
    "W": "that which who where whose what when because if "
    "since until unless whether although though than how why please",
    "S": "'s ’s ' ’",
    "V": "has have had will would could may might should must does do did doesn't don't can't "
    "won't didn't",
}
PREPOSITIONS = frozenset(_CLOSED["P"].split())
# Words that captions use otherwise than WordNet's texts do: read off the graphs of FACTUAL's
# train split (Li et al., 2023; captions of Visual Genome, CC BY 4.0), and a few seen in drawings.
_USUAL = {
    "N": "bars bat bear bears bed bedding boards bow building bulbs cans carpeting "
    "cars cd cereal clocks clothing cooler counter crane crossing design dining display drain "
    "drapes drawing dress drops dryer duck ducks exhaust eyes face fencing fries frosting gear "
    "handle hands hook icing label leaves lettering lift lighting liquid living "
    "locomotive mask match monitor monitors moped net numbers ottoman pack paddle paint "
    "painting pants parking pepper peppers pin planes produce railing rails remote ring "
    "rings roll rose sail seats sign signs sink sinks spots sprinkles stack stain stamp "
    "steam steps stop strings stripes sunset tag terminal tie trail train trains trim "
    "uniform vest watch waters wings writing",
    "A": "adult arched asian baked barbed beige blonde broken checkered chopped colored cooked "
    "curved double dressed dried evergreen exposed fashioned flowered flowering folding "
    "fried giant glazed gold grey grilled iron lighted maroon metal mirrored orange oval "
    "overcast patterned paved plastic potted round rounded rubber shredded silver slanted "
    "square stainless stone striped stuffed tan tinted trimmed woven",
    "V": "close covers fly leads looks matches rests ride rides swing walks watches",
}
_COMMONNESS = {"N": 1.0, "A": 1.0, "V": 0.15, "R": 0.3}  # in captions, against WordNet's texts
_USUAL_WEIGHT = {"N": 200.0, "A": 20.0, "V": 50.0}  # how many times likelier than there
_PLURAL_FIELDS = ("noun.artifact", "noun.group")  # glasses, trousers; woods
_OWN_MEANING = 0.11  # how common, against its singular, a plural with a meaning of its own is


class Word(NamedTuple):
    """What a written word can be; one without lemmas is of a closed class or unknown."""

    scores: dict[str, float]  # tag -> log weight
    lemmas: dict[str, str]  # N, A, V -> lemma; V also for G and K
    plural: bool = False  # as a noun
    finite: bool = False  # as a verb: in -s
    unknown: bool = False  # neither listed here nor in WordNet


class Lexicon:
    """Words of captions; every word is looked up once.

    Args:
        database: WordNet, for the open classes.
    """

    def __init__(self, database: WordNet) -> None:
        self.database = database
        self.is_a = functools.lru_cache(maxsize=100_000)(self._is_a)
        self.field = functools.lru_cache(maxsize=100_000)(self._field)
        self.word = functools.lru_cache(maxsize=100_000)(self._word)
        self._closed: dict[str, list[str]] = {}
        for tag, words in _CLOSED.items():
            for word in words.split():
                self._closed.setdefault(word, []).append(tag)
        self._usual = {w: tag for tag, words in _USUAL.items() for w in words.split()}

    def _field(self, lemma: str) -> str:
        """WordNet's field of meaning for a noun's commonest sense, or an empty string."""
        senses = self.database.senses(lemma, NOUN)
        return self.database.synset(senses[0]).lexfile if senses else ""

    def _is_a(self, lemma: str, names: frozenset[str]) -> bool:
        """Whether a noun's commonest sense is, or is a kind of, one of some synsets (by name)."""
        senses = self.database.senses(lemma, NOUN)[:1]
        line = senses + [above for sense in senses for above in self.database.ancestors(sense)]
        return any(self.database.synset(id_).name in names for id_ in line)

    def _word(self, text: str) -> Word:
        """The entry of a lower-case word or mark."""
        lemmas = self._lemmas(text)
        if text in self._closed:
            return Word(dict.fromkeys(self._closed[text], 0.0), {"V": "have"} | lemmas)
        if text.isdecimal():
            return Word({"Q": 0.0}, {})
        if not any(c.isalpha() for c in text):
            return Word({"X": 0.0}, {})
        weights = self._weights(text, lemmas)
        if (usual := self._usual.get(text)) in weights:
            weights[usual] *= _USUAL_WEIGHT[usual]
        total = sum(weights.values())
        scores = {tag: math.log(w / total) for tag, w in weights.items()}
        plural = lemmas.get("N", text) != text and text.endswith(("s", "n", "e"))
        return Word(scores, lemmas, plural, text != lemmas.get("V", text), not lemmas)

    def _lemmas(self, text: str) -> dict[str, str]:
        found = {}
        for tag, pos in (("N", NOUN), ("A", ADJECTIVE), ("V", VERB), ("R", ADVERB)):
            if bases := self.database.base_forms(text, pos):
                count = self.database.count
                common = max(bases, key=lambda b: count(b, pos))
                found[tag] = self._singular(bases) if pos == NOUN else common
        return found

    def _singular(self, bases: list[str]) -> str:
        """The noun meant: `eye` for `eyes`, though WordNet holds both, but `glasses`, `woods`."""
        first, *others = bases
        if not others or not first.endswith("s"):
            return first
        counts = [self.database.count(base, NOUN) + 0.5 for base in (first, others[0])]
        own = self._field(first) in _PLURAL_FIELDS and counts[0] > _OWN_MEANING * counts[1]
        return first if own else others[0]

    def _weights(self, text: str, lemmas: dict[str, str]) -> dict[str, float]:
        poses = {"N": NOUN, "A": ADJECTIVE, "V": VERB, "R": ADVERB}
        weights = {
            t: _COMMONNESS[t] * (0.5 + self.database.count(lemma, poses[t]))
            for t, lemma in lemmas.items()
        }
        if (verb := weights.pop("V", None)) is not None:
            weights |= self._verb_weights(text, lemmas["V"], verb)
        if not weights:
            stem = text.removesuffix("ed")
            participle = stem != text and len(stem) > 2
            shaped = "-" in text or participle or text.endswith("wards")
            weights = {"A": 0.7, "N": 0.3} if shaped else {"N": 1.0}
        elif set(weights) == {"V"}:
            weights["N"] = 0.02 * weights["V"]  # every verb may be made a noun
        return weights

    @staticmethod
    def _verb_weights(text: str, lemma: str, weight: float) -> dict[str, float]:
        if text == lemma:
            return {"V": 0.03 * weight}
        if text.endswith("s") and not text.endswith("ss"):
            return {"V": weight}
        if text.endswith("ing"):
            return {"G": weight, "A": 0.3 * weight, "N": 0.1 * weight}
        return {"K": weight, "A": 0.3 * weight}


@read_once(lambda folder: [folder], keep=2)
def of_folder(folder: Path) -> Lexicon:
    """The lexicon over the WordNet files of a folder."""
    return Lexicon(wordnet.open_folder(folder))
