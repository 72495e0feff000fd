"""Training pictures and their scene graphs in, things that can be named and counted out.

A thing is a picture whose English caption is one plain name: its graph has one object, perhaps
with attributes before it, and covers every word but an article ("A red apple.", "fire engine").
WordNet's sense of the object tells that it is something to see, and what it is a kind of. A skin
tone may follow ("woman: dark skin tone").
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from augment import facts
from augment.composition import partners
from augment.composition.partners import Picture, Row
from augment.facts import Graph
from augment.words import caption_words, phrasing, wording
from curate.dataset import tables
from curate.dataset.read_once import read_once
from curate.dataset.truth import ATTRIBUTE, OBJECT

_SEEN = frozenset(
    f"noun.{field}"
    for field in ("animal", "artifact", "body", "food", "object", "person", "plant", "shape")
)
TONES = ("light", "medium-light", "medium", "medium-dark", "dark")
_UNSURE = ("number", "several", "extent", "process", "side", "pointing", "turning", "tilt")
"""Kinds of words that no name may hold, in any language: a composed picture could belie them."""
_SURE = 0.5  # margin (log-odds) from which on a sense that is not the first one is taken, too
_NAME = re.compile(r"[a-z][a-z' -]*")
_TONE = re.compile(rf"(.+): ({'|'.join(TONES)}) skin tone")


class Thing(NamedTuple):
    """What a picture shows, by name.

    Attributes:
        picture: the picture and all its pairs.
        pair: the English pair that names it.
        name: without article, lower case: red apple.
        lemma: of the object: apple.
        attributes: lemmas: red.
        tone: of skin, one of `TONES`; the name is as true without it.
        sense: WordNet id of the object's likeliest sense.
        field: WordNet's field of meaning of that sense: food.
        kinds: ids of all that this is a kind of, and itself.
    """

    picture: Picture
    pair: Row
    name: str
    lemma: str
    attributes: tuple[str, ...]
    tone: str | None
    sense: str
    field: str
    kinds: frozenset[str]

    @property
    def image(self) -> str:
        """The picture's name."""
        return self.picture.image

    def unlike(self, other: "Thing") -> bool:
        """Whether neither is a kind of the other, and their names share no word."""
        shared = set(re.split(r"[ -]", self.name)) & set(re.split(r"[ -]", other.name))
        return not shared and self.sense not in other.kinds and other.sense not in self.kinds

    def apart(self, other: "Thing") -> bool:
        """Whether it is so unlike another that neither could be taken, or counted, for the other.

        A teacher may be a woman and a hand is a person's, though neither is a kind of the other:
        only things of another field of meaning are surely apart.
        """
        fields = {"person" if field == "body" else field for field in (self.field, other.field)}
        return self.unlike(other) and len(fields) == 2

    def translated(self) -> dict[str, Row]:
        """Language -> the first of its pairs in every other language that it has."""
        found: dict[str, Row] = {}
        for pair in self.picture.pairs:
            if pair not in self.picture.english:
                found.setdefault(pair["lang"], pair)
        return found

    def told(self) -> dict[str, tuple[Row, str]]:
        """Language -> a pair and its caption as a phrase, in every other language it has."""
        found: dict[str, tuple[Row, str]] = {}
        for pair in self.picture.pairs:
            lang = pair["lang"]
            if lang in found or pair in self.picture.english or not phrasing.covered(lang):
                continue
            text = phrasing.phrase(pair["caption"], lang, common=True)
            if text is not None and not _unsure(text, lang):
                found[lang] = (pair, text)
        return found


class Things(NamedTuple):
    """Every thing of the training pictures.

    Attributes:
        by_image: image -> thing.
        names: licence -> images of its things, sorted.
    """

    by_image: dict[str, Thing]
    names: dict[str | None, list[str]]


class Senses(NamedTuple):
    """What the nouns of the pool's captions mean."""

    links: dict[tuple[str, int], str]  # (uid, node) -> likeliest synset
    fields: dict[str, str]  # synset -> field of meaning
    above: dict[str, list[str]]  # synset -> hypernyms

    def kinds(self, sense: str) -> frozenset[str]:
        """Ids of all that a sense is a kind of, and itself."""
        found, left = {sense}, [sense]
        while left:
            new = [id_ for id_ in self.above.get(left.pop(), []) if id_ not in found]
            found.update(new)
            left += new
        return frozenset(found)


@read_once(lambda training, labels: [training, labels / "scene", labels / "knowledge"], keep=1)
def things(training: Path, labels: Path) -> Things:
    """The things of a training table (schema `sets.LOCATED`).

    Args:
        training: the table.
        labels: folder with the labels `scene` and `knowledge` of its pairs.

    Raises:
        DataError: the labels are not there.
    """
    graphs, known = facts.all_graphs(labels), senses(labels / "knowledge")
    found = Things({}, {})
    pool = partners.training(training)
    for image in pool.images:
        picture = pool.picture(image)
        for pair in picture.english:
            thing = _thing(picture, pair, graphs.get(pair["uid"]), known)
            if thing is not None:
                found.by_image[image] = thing
                found.names.setdefault(picture.licence, []).append(image)
                break
    return found


@read_once(lambda folder: [folder], keep=1)
def senses(folder: Path) -> Senses:
    """The senses that the labeler `knowledge` links the pool's nouns to."""
    links = {
        (row["uid"], row["node"]): row["synset"]
        for row in tables.read(folder / "links.parquet").to_pylist()
        if row["rank"] == 1 or (row.get("margin") or 0.0) >= _SURE
    }
    fields = {
        row["synset"]: row["lexfile"]
        for row in tables.read(folder / "synsets.parquet", ["synset", "lexfile"]).to_pylist()
    }
    above = defaultdict(list)
    for row in tables.read(folder / "hypernyms.parquet").to_pylist():
        above[row["synset"]].append(row["hypernym"])
    return Senses(links, fields, above)


def split(caption: str) -> tuple[str, str | None]:
    """The name that a caption may be, without article and mark, and the tone of skin behind it."""
    text = re.sub(r"^(?:an?|An?) ", "", caption.strip().rstrip(".!"))
    toned = _TONE.fullmatch(text)
    return (toned[1], toned[2]) if toned else (text, None)


def _thing(picture: Picture, pair: Row, graph: Graph | None, known: Senses) -> Thing | None:
    """The thing that a pair names, or None."""
    name, tone = split(pair["caption"])
    if graph is None or _NAME.fullmatch(name) is None or not _sure(name):
        return None
    start = pair["caption"].find(name)
    end = start + len(name)
    own = [node for node in graph.nodes if start <= node["start"] < end]
    others = len(graph.nodes) - len(own)
    if not own or (others, len(graph.edges)) != ((2, 1) if tone else (0, 0)):
        return None
    *before, last = own
    covered = sum(node["end"] - node["start"] + 1 for node in own) - 1 == len(name)
    singular = last["text"] == last["lemma"] and last["quantifier"] is None
    if not covered or not singular or last["kind"] != OBJECT or last["end"] != end:
        return None
    if any(node["kind"] != ATTRIBUTE for node in before):
        return None
    sense = known.links.get((pair["uid"], last["node"]))
    if sense is None or known.fields[sense] not in _SEEN:
        return None
    attributes = tuple(node["lemma"] for node in before)
    return Thing(
        picture=picture,
        pair=pair,
        name=name,
        lemma=last["lemma"],
        attributes=attributes,
        tone=tone,
        sense=sense,
        field=known.fields[sense].removeprefix("noun."),
        kinds=known.kinds(sense),
    )


def _unsure(name: str, lang: str) -> bool:
    """Whether it tells, in its language, what a composed picture could make false."""
    return any(kind in _UNSURE for kind in caption_words.mentions(name, lang))


def _sure(name: str) -> bool:
    """Whether it names one thing, and tells nothing that a composed picture could make false."""
    known, parts = wording.words(), name.split()
    if _unsure(name, "en"):
        return False
    plural = parts[-1].endswith("s") and not parts[-1].endswith(("ss", "us", "is"))
    return not (plural or known.sizes & set(parts) or parts[-1] in known.uncountable)
