"""WordNet in, short texts of its glosses and names out: words that no caption of FACTUAL holds.

a hat worn by sailors      the first clause of the gloss of a thing that can be seen
sailor cap headdress       its name and that of its kind, as titles are made of nouns
"""

import hashlib

from curate.dataset.wordnet import NOUN, WordNet

_SEEN_FIELDS = {
    "noun.animal", "noun.artifact", "noun.body", "noun.food", "noun.object", "noun.person",
    "noun.plant", "noun.shape",
}  # fmt: skip
_LONGEST = 12  # words


def texts(database: WordNet, count: int) -> list[str]:
    """So many texts, chosen by their names' hashes, in a fixed order; fewer where there are fewer.

    Args:
        database: WordNet.
        count: how many, half of them glosses and half names.
    """
    glosses: dict[str, None] = {}
    names: dict[str, None] = {}
    ranked = sorted(database.nouns(), key=lambda lemma: hashlib.sha256(lemma.encode()).digest())
    for lemma in ranked:
        if len(glosses) >= count // 2 and len(names) >= count // 2:
            break
        synset = database.synset(database.senses(lemma, NOUN)[0])
        if synset.lexfile not in _SEEN_FIELDS or not lemma.replace(" ", "").isalpha():
            continue
        gloss = synset.gloss.split(";")[0].split("(")[0].split(":")[0].strip()
        if len(glosses) < count // 2 and 2 <= len(gloss.split()) <= _LONGEST:
            glosses[gloss] = None
        if len(names) < count // 2 and synset.hypernyms:
            kind = database.synset(synset.hypernyms[0]).lemmas[0]
            names[f"{lemma} {kind}".lower()] = None
    return [*glosses, *names]
