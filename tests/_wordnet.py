"""A WordNet of a few dozen words in the database's own format."""

import tarfile
from pathlib import Path
from typing import NamedTuple

TYPES = {"n": 1, "v": 2, "a": 3, "r": 4}
NAMES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
LICENCE = "  1 This software and database is being provided to you, the LICENSEE, by\n"


class Entry(NamedTuple):
    key: str  # how other entries name it
    pos: str
    lemmas: str
    lexfile: int
    gloss: str = "a gloss"
    above: str = ""  # keys
    counts: str = ""  # occurrences of each lemma in this sense
    related: str = ""  # pointers: symbol:key, of the first lemmas where the symbol is !


def packed(database: Path, folder: Path) -> Path:
    """Puts a database into a folder as a fetched package; gives the folder."""
    with tarfile.open(folder / "wordnet-base.tgz", "w:gz") as tar:
        tar.add(database, "package/usr/share/wordnet")
    return folder


def write_database(folder: Path, entries: list[Entry], exceptions: dict[str, str]) -> Path:
    """Writes entries, in the order of their senses, as index, data, exception and count files."""
    folder.mkdir(parents=True)
    known = {e.key: e for e in entries}
    offsets = {e.key: 0 for e in entries}

    def line(entry: Entry) -> str:
        lemmas = entry.lemmas.split()
        words = " ".join(f"{lemma} 0" for lemma in lemmas)
        links = [("@", key) for key in entry.above.split()]
        links += [tuple(link.split(":")) for link in entry.related.split()]
        told = [
            f"{sign} {offsets[k]:08d} {known[k].pos} {'0101' if sign == '!' else '0000'} "
            for sign, k in links
        ]
        pointers = f"{len(told):03d} {''.join(told)}"
        head = f"{offsets[entry.key]:08d} {entry.lexfile:02d} {entry.pos} {len(lemmas):02x}"
        return f"{head} {words} {pointers}| {entry.gloss}  \n"

    for pos in NAMES:  # a pointer has a fixed width: one pass gives every place
        place = len(LICENCE)
        for entry in (e for e in entries if e.pos == pos):
            offsets[entry.key] = place
            place += len(line(entry))
    counts = []
    for pos, name in NAMES.items():
        own = [e for e in entries if e.pos == pos]
        (folder / f"data.{name}").write_text(LICENCE + "".join(map(line, own)))
        senses: dict[str, list[str]] = {}
        for entry in own:
            numbers = entry.counts.split()
            for i, lemma in enumerate(entry.lemmas.split()):
                senses.setdefault(lemma.lower(), []).append(f"{offsets[entry.key]:08d}")
                if i < len(numbers) and numbers[i] != "0":
                    sense = f"{lemma.lower()}%{TYPES[pos]}:{entry.lexfile:02d}:00::"
                    counts.append(f"{sense} {len(senses[lemma.lower()])} {numbers[i]}\n")
        index = [
            f"{lemma} {pos} {len(ids)} 1 @ {len(ids)} 0 {' '.join(ids)}  \n"
            for lemma, ids in sorted(senses.items())
        ]
        (folder / f"index.{name}").write_text(LICENCE + "".join(index))
        pairs = (f"{k} {v}\n" for k, v in exceptions.items() if v in senses)
        (folder / f"{name}.exc").write_text("".join(pairs))
    (folder / "cntlist.rev").write_text("".join(sorted(counts)))
    return folder


def entries() -> list[Entry]:
    things = {
        6: "hat hair_clip box table ball umbrella window flag keycap print cane racket stamp",
        8: "face eye paw hair hand",
        13: "candy candy_cane ice_cream cake",
        15: "france city street",
        17: "moon",
        20: "tree grass lotus",
        7: "position tone opacity",
        10: "letter number",
        14: "group pair couple kiss",
        25: "square dot",
    }
    people = "man woman person boy girl teacher"
    animals = "dog cat mouse"
    entries = [
        Entry("thing", "n", "thing", 3, "a separate entity", counts="9"),
        Entry("clothing", "n", "clothing", 6, "a covering for the body", "thing", "9"),
        Entry("animal", "n", "animal", 5, "a living organism that moves", "thing", "9"),
        Entry("bat", "n", "bat chiropteran", 5, "nocturnal mouselike animal", "animal", "1"),
        Entry("club", "n", "bat", 6, "a club used for hitting a ball in a game", "thing"),
        Entry("turkey", "n", "Turkey", 15, "a republic in Asia Minor", "thing"),
        Entry("fowl", "n", "turkey", 5, "large bird with a fanned tail", "animal"),
        Entry("shame", "n", "bug", 7, "an ethnic slur", counts="50"),
        Entry("insect", "n", "bug", 5, "a small creeping insect", "animal"),
        Entry("helper", "n", "hard_hat", 18, "someone who builds", "thing"),
        Entry("helmet", "n", "hard_hat", 6, "a protective helmet", "hat"),
        Entry("virtue", "n", "kite", 9, "high spirits", counts="0"),
        Entry("toy", "n", "kite", 6, "a plaything that flies on the wind", "thing"),
        Entry("heron", "n", "heron", 5, "a wading bird", "animal", "1"),
        Entry("blue_heron", "n", "great_blue_heron", 5, "a large heron", "heron"),
        Entry("k", "n", "k", 27, "a unit of temperature", "thing"),
        Entry("letter_k", "n", "k", 10, "the 11th letter of the Roman alphabet", "thing"),
    ]
    for lexfile, lemmas in things.items():
        for lemma in lemmas.split():
            above = "clothing" if lemma == "hat" else "thing"
            entries.append(Entry(lemma, "n", lemma, lexfile, above=above, counts="5"))
    entries += [Entry(w, "n", w, 18, above="thing", counts="9") for w in people.split()]
    entries += [Entry(w, "n", w, 5, above="animal", counts="9") for w in animals.split()]
    verbs = "hold wear grin stand sit feed cover ride surround juggle"
    entries += [Entry(f"v.{w}", "v", w, 35, counts="9") for w in verbs.split()]
    adjectives = "big red white black blue old dark brown great bald round horizontal striped"
    entries += [Entry(f"a.{w}", "a", w, 0, counts="9") for w in adjectives.split()]
    return entries


EXCEPTIONS = {
    "women": "woman", "men": "man", "mice": "mouse", "sat": "sit", "sitting": "sit",
    "grinning": "grin", "ridden": "ride", "held": "hold",
}  # fmt: skip
