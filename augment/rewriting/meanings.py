"""What the pool's labels and WordNet know of a caption's words: senses, and how sure they are.

Read are the knowledge labeler's tables, `links.parquet` and `synsets.parquet`. A link is a guess
unless its method says that the noun has one sense only, or the sense is the one that WordNet's
tagged texts mean nearly always.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from curate.dataset import tables
from curate.dataset.wordnet import ADJECTIVE, ADVERB, NOUN, VERB, WordNet

PEOPLE, ANIMALS = "noun.person", "noun.animal"
THINGS = frozenset(  # fields of meaning whose members a picture shows as what they are
    ("noun.animal", "noun.artifact", "noun.body", "noun.food", "noun.object", PEOPLE, "noun.plant")
)
_PERTAINING = "adj.pert"  # solar, American: not said of a thing with `is`
_MOSTLY, _USES = 0.98, 20  # share of the uses in WordNet's texts, and how many make a share
_NOUN = 5  # uses in WordNet's texts
_RELATION = frozenset(  # and `long`, which after `is` can be an adverb
    {"former", "fake", "main", "same", "mere", "more", "next", "only", "other", "long"}
)


class Link(NamedTuple):
    """The sense of an object in its caption."""

    synset: str
    lemma: str  # that was looked up
    rank: int  # of the sense, from 1
    method: str  # how it was chosen, see the knowledge labeler
    field: str  # of meaning: noun.animal


Links = Mapping[int, Link]
"""Node of a caption's scene graph -> its sense."""


def links(labels: Path | None, uids: Iterable[str]) -> Mapping[str, Links]:
    """Senses in some pairs' captions, by uid; of none where there are no labels.

    Raises:
        DataError: the labels hold no links.
    """
    if labels is None:
        return {}
    folder = labels / "knowledge"
    found = tables.rows_with(tables.read(folder / "links.parquet"), "uid", list(uids)).to_pylist()
    synsets = tables.read(folder / "synsets.parquet", ["synset", "lexfile"]).to_pydict()
    fields = dict(zip(synsets["synset"], synsets["lexfile"], strict=True))
    of: defaultdict[str, dict[int, Link]] = defaultdict(dict)
    for row in found:
        place = (row["synset"], row["lemma"], row["rank"], row["method"], fields[row["synset"]])
        of[row["uid"]][row["node"]] = Link(*place)
    return of


def certainty(database: WordNet, link: Link) -> str | None:
    """Why a sense is sure, in words for a recipe; None where it is a guess."""
    if link.method == "only":
        return "only sense"
    uses = database.count(link.lemma, NOUN)
    if uses >= _USES and database.count(link.lemma, NOUN, link.rank) / uses >= _MOSTLY:
        return "nearly all uses"
    return None


def acting(database: WordNet, word: str) -> bool:
    """Whether a word in -ing says what something does, and is no usual noun: not `building`."""
    return database.count(word, NOUN) < _NOUN and any(
        base != word for base in database.base_forms(word, VERB)
    )


def predicable(database: WordNet, word: str) -> bool:
    """Whether a word can be said of its noun with `is`, as the adjective that it mostly is.

    A participle cannot: `a sliced orange` names a state, `an orange that is sliced` an act.
    """
    senses = database.senses(word, ADJECTIVE)
    participle = any(base != word for base in database.base_forms(word, VERB))
    if not senses or participle or word in _RELATION:
        return False
    uses = database.count(word, ADJECTIVE)
    others = max(database.count(word, pos) for pos in (NOUN, VERB, ADVERB))
    return database.synset(senses[0]).lexfile != _PERTAINING and uses > others
