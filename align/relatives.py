"""A meaning in; the meanings that WordNet relates to it out: above, beside, part of, opposite.

Names follow wninput(5WN). A meaning is a synset's id; `paths` and `kin` follow kind-of and
instance-of pointers alike.
"""

from curate.dataset.wordnet import ADJECTIVE, WordNet

PARTS = ("%m", "%s", "%p")  # meronyms: members, substances, parts
WHOLES = ("#m", "#s", "#p")  # holonyms
_KINDS = ("~", "~i")
_ANTONYM, _SIMILAR = "!", "&"


def paths(database: WordNet, id_: str) -> list[list[str]]:
    """Every way up from a meaning, itself first, to one that is a kind of nothing else."""
    above = database.synset(id_).hypernyms
    if not above:
        return [[id_]]
    return [[id_, *path] for up in above for path in paths(database, up)]


def depth(database: WordNet, id_: str) -> int:
    """Steps from a meaning to the root on the shortest way up."""
    return min(map(len, paths(database, id_))) - 1


def kinds(database: WordNet, id_: str) -> list[str]:
    """Meanings right below one: its kinds and instances."""
    return list(dict.fromkeys(database.synset(id_).related(*_KINDS)))


def kin(database: WordNet, id_: str) -> list[str]:
    """Co-hyponyms: the other kinds of what a meaning is a kind of."""
    above = database.synset(id_).hypernyms
    found = dict.fromkeys(other for up in above for other in kinds(database, up))
    return [other for other in found if other != id_]


def wholes(database: WordNet, id_: str) -> list[str]:
    """Holonyms: what a meaning is a part, a member or the stuff of."""
    return list(dict.fromkeys(database.synset(id_).related(*WHOLES)))


def parts(database: WordNet, id_: str) -> list[str]:
    """Meronyms: what a meaning consists of."""
    return list(dict.fromkeys(database.synset(id_).related(*PARTS)))


def opposites(database: WordNet, id_: str) -> list[str]:
    """Meanings with a lemma that is the antonym of one of a meaning's lemmas."""
    return list(dict.fromkeys(database.synset(id_).related(_ANTONYM)))


def antonyms(database: WordNet, lemma: str, pos: str) -> list[str]:
    """Lemmas opposite to a lemma, those of its commonest sense first.

    Antonymy is between words. Of an adjective without an antonym of its own, the antonyms of the
    adjectives that it is similar to count (indirect antonyms: Gross and Miller, 1990).
    """
    found: dict[str, None] = {}
    for id_ in database.senses(lemma, pos):
        own = _antonyms(database, id_, lemma)
        if not own and pos == ADJECTIVE:
            heads = database.synset(id_).related(_SIMILAR)
            own = [name for head in heads for name in _antonyms(database, head, None)]
        found.update(dict.fromkeys(own))
    return list(found)


def _antonyms(database: WordNet, id_: str, lemma: str | None) -> list[str]:
    """Antonyms of one lemma of a synset, or of every one."""
    synset = database.synset(id_)
    own = [name.lower() for name in synset.lemmas]
    return [
        database.synset(pointer.target).lemmas[pointer.target_word - 1]
        for pointer in synset.pointers
        if pointer.symbol == _ANTONYM
        and pointer.word
        and (lemma is None or own[pointer.word - 1] == lemma.lower())
    ]
