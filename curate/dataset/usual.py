"""WordNet in; the senses of nouns that captions would mean by a word, and how usual each is, out.

How usual a sense is, is how often WordNet's tagged texts (SemCor; Miller et al., 1993) use a word
in it. Of a word's senses one is meant in captions: the commonest that a picture can show. Texts
write `man` of servicemen and of mankind, and captions of a man. Where most uses of the word are of
what no picture shows (`thing`, `death`), nothing is meant by it; nor by a name in small letters.
"""

from curate.dataset.wordnet import NOUN, WordNet

SHOWABLE = (  # WordNet's files of nouns that a picture can show
    *("noun.animal", "noun.artifact", "noun.body", "noun.food", "noun.object", "noun.person"),
    *("noun.phenomenon", "noun.plant", "noun.shape", "noun.substance"),
)
_SHARE = 1 / 3  # of a word's uses; `church` and `home` are buildings in somewhat more of theirs


def meant(database: WordNet) -> dict[str, tuple[int, str]]:
    """By id of each sense that some word means in captions: uses, and the word of most of them."""
    found: dict[str, tuple[int, str]] = {}
    said: set[str] = set()
    for lemma, sense, count in database.counted(NOUN):  # from a word's commonest sense on
        synset = database.synset(database.senses(lemma, NOUN)[sense - 1])
        if lemma in said or synset.lexfile not in SHOWABLE:
            continue
        said.add(lemma)
        if lemma in synset.lemmas and count >= _SHARE * database.count(lemma, NOUN):
            found[synset.id] = max(found.get(synset.id, (0, "")), (count, lemma))
    return found
