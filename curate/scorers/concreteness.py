"""English captions in; how many nouns and verbs, and how many nouns are things, by WordNet out.

A noun is concrete where WordNet's commonest sense of it is a physical entity: a thing, a being, a
stuff or a place, but no idea, act or quality. A word's part of speech is the one that WordNet's
tagged texts have it in most, verbs and adverbs counted less, as captions name things; so is a verb
missed that is a noun more often (`plays`). Nouns of several words (`ice cream`) are one. Words that
WordNet holds in no form are typing errors, codes, names or of another language: their share tells
the default pool's English captions from the same with the letters of each word shuffled (AUC 0.88
for clip art to 0.99 for the manual).

Relations and actions, which take a parse, are measured by `align.scorers.complexity`.
"""

import functools
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import languages, memory, wordnet
from curate.dataset.wordnet import ADJECTIVE, ADVERB, NOUN, VERB, WordNet
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [  # all null where the caption is not declared English
        pa.field("uid", pa.string(), nullable=False),
        pa.field("nouns", pa.int32()),  # that WordNet holds
        pa.field("verbs", pa.int32()),  # words that are likeliest a verb
        pa.field("concreteness", pa.float32()),  # share of the nouns, 0 to 1; null: no noun
        pa.field("unknown", pa.float32()),  # share of the words, 0 to 1; null: no word
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_WEIGHTS = {NOUN: 1.0, ADJECTIVE: 1.0, VERB: 0.15, ADVERB: 0.3}  # in captions, against texts
_UNTAGGED = 0.5  # occurrences of a word that WordNet's texts have nowhere
_PHYSICAL = "physical_entity.n.01"
_FUNCTION = {  # words that WordNet holds as something else
    "a", "an", "the", "this", "that", "these", "those", "his", "her", "its", "their", "my",
    "your", "our", "no", "all", "any", "some", "each", "both", "it", "he", "she", "they", "him",
    "them", "i", "you", "we", "me", "us", "who", "what", "which", "where", "when", "how", "why",
    "as", "at", "in", "on", "of", "to", "by", "for", "with", "from", "into", "over", "under",
    "up", "down", "out", "off", "and", "or", "but", "not", "is", "are", "was", "were", "be",
    "been", "being", "am", "has", "have", "had", "do", "does", "did", "will", "would", "can",
    "could", "may", "might", "must", "should", "so", "than", "then", "there", "here", "one",
    "s", "t",
}  # fmt: skip


@parameters
class Params:
    """Where the words come from."""

    wordnet: Path  # archive of its package, or folder with its files


def fingerprint(params: Params) -> str:
    """Hash of WordNet's files.

    Raises:
        DataError: there is none.
    """
    wordnet.check(params.wordnet)
    return memory.fingerprint(params.wordnet)


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Measures of each caption."""
    database = wordnet.open_folder(wordnet.folder_at(params.wordnet).resolve())
    english = languages.english(rows.column("lang"))
    captions = pc.if_else(english, rows.column("caption"), None).to_pylist()
    nothing = dict.fromkeys(SCHEMA.names)
    found = [
        nothing | {"uid": uid} | ({} if text is None else measure(database, text))
        for uid, text in zip(rows.column("uid").to_pylist(), captions, strict=True)
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def measure(database: WordNet, caption: str) -> dict[str, float | int | None]:
    """Nouns, verbs, concreteness and share of unknown words of an English caption."""
    words = _WORD.findall(caption.lower().replace("’", "'"))
    nouns, verbs, unknown, at = [], 0, 0, 0
    while at < len(words):
        size, noun = _phrase(database, words, at)
        kind, lemma = (NOUN, noun) if noun else _likeliest(database, words[at])
        if kind == NOUN:
            nouns.append(_physical(database, lemma))
        verbs += kind == VERB
        unknown += not kind and words[at] not in _FUNCTION
        at += size
    share = sum(nouns) / len(nouns) if nouns else None
    odd = unknown / len(words) if words else None
    return {"nouns": len(nouns), "verbs": verbs, "concreteness": share, "unknown": odd}


def _phrase(database: WordNet, words: list[str], at: int) -> tuple[int, str]:
    """Number of words and lemma of the longest noun of several words here; 1 and nothing."""
    longest = min(database.phrase_starts.get(words[at], 1), len(words) - at)
    for size in range(longest, 1, -1):
        if bases := database.base_forms(" ".join(words[at : at + size]), NOUN):
            return size, bases[0]
    return 1, ""


@functools.lru_cache(maxsize=100_000)
def _likeliest(database: WordNet, word: str) -> tuple[str, str]:
    """Part of speech and lemma of a word; empty for one of no content, or unknown."""
    if word in _FUNCTION:
        return "", ""
    weights = {
        (kind, base): weight * (database.count(base, kind) + _UNTAGGED)
        for kind, weight in _WEIGHTS.items()
        for base in database.base_forms(word, kind)
    }
    return max(weights, key=lambda known: weights[known], default=("", ""))


@functools.lru_cache(maxsize=100_000)
def _physical(database: WordNet, lemma: str) -> bool:
    """Whether the commonest sense of a noun is, or is a kind of, physical entity."""
    first = database.senses(lemma, NOUN)[0]
    return any(database.synset(i).name == _PHYSICAL for i in (first, *database.ancestors(first)))
