"""Kept training pairs and their scene graphs in; the bank of concepts, rarest first, out.

A concept is the lemma of an object that captions name, and counts as often as there are kept
training pictures of it. Its words are whole captions or, of things (`augment.composition.naming`),
plain names; never a part of a caption, which may mean nothing by itself. Where no graphs are known
yet, a concept is a whole caption.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.composition import naming
from augment.composition.scenes import Part
from augment.facts import Graph, all_graphs
from curate.dataset import tables
from curate.dataset.errors import ParamsError
from curate.dataset.languages import primary
from curate.dataset.read_once import read_once
from curate.dataset.truth import Fact

_TRIMMED = " .!?。"  # around a caption that is taken for a concept


@dataclass(frozen=True)
class Phrase:
    """Words that a picture can be drawn to, and the pair whose caption they are from.

    Attributes:
        facts: all that the words state; None where no graph tells.
    """

    text: str
    lang: str
    parent: str
    image: str
    facts: tuple[Fact, ...] | None


@dataclass(frozen=True)
class Concept:
    """What can be drawn, the number of kept training pictures that show it, and words for it."""

    name: str
    pictures: int
    phrases: tuple[Phrase, ...]


def _files(training: Path, labels: Path | None) -> list[Path]:
    read = [labels / name for name in ("scene", "knowledge")] if labels else []
    return [training, *filter(Path.is_dir, read)]


@read_once(lambda training, labels, *_: _files(training, labels), keep=1)
def bank(
    training: Path,
    labels: Path | None,
    objects: int,
    language: str,
    sources: tuple[str, ...] = (),
    plain: bool = False,
) -> tuple[Concept, ...]:
    """All concepts that have words to be drawn by, the rarest first.

    Args:
        training: table of schema `sets.LOCATED`.
        labels: folder of the pool's labels, if there are any.
        objects: in the words, at most; small models mix up what several do.
        language: of the words.
        sources: whose pairs are looked at; none: all.
        plain: of the words, whether only names of things will do, not whole captions.

    Raises:
        ParamsError: plain names are asked for in another language than English, or without labels.
    """
    if plain and (language != "en" or labels is None):
        raise ParamsError("prompts.plain needs English and the pool's labels (scene, knowledge)")
    columns = ["uid", "image", "lang", "caption", "source"]
    rows = tables.read(training, columns).to_pylist()
    pairs = {
        row["uid"]: row
        for row in rows
        if primary(row["lang"]) == language and (not sources or row["source"] in sources)
    }
    labelled = labels is not None and (labels / "scene").is_dir()
    graphs = all_graphs(labels) if labels is not None and labelled else {}
    names = _names(training, labels) if plain and labels is not None else None
    shown: dict[str, set[str]] = defaultdict(set)
    phrases: dict[str, set[Phrase]] = defaultdict(set)
    for uid, pair in sorted(pairs.items()):
        found_in, phrase = _told(pair, graphs.get(uid), objects, bool(graphs))
        if names is not None:
            phrase = names.get(uid)
        for name in found_in:
            shown[name].add(pair["image"])
            if phrase is not None:
                phrases[name].add(phrase)
    found = [
        Concept(name, len(shown[name]), tuple(sorted(some, key=lambda p: (p.text, p.parent))))
        for name, some in phrases.items()
    ]
    return tuple(sorted(found, key=lambda concept: (concept.pictures, concept.name)))


def _told(
    pair: dict[str, Any], graph: Graph | None, objects: int, known: bool
) -> tuple[list[str], Phrase | None]:
    """Concepts of a pair, and its caption where that tells of few enough."""
    text, lang, uid, image = pair["caption"], pair["lang"], pair["uid"], pair["image"]
    if graph is None:
        name = text.strip(_TRIMMED).casefold()
        return ([], None) if known else ([name], Phrase(text, lang, uid, image, None))
    own = [node["lemma"] for node in graph.objects()]
    whole = Phrase(text, lang, uid, image, tuple(graph.facts()))
    return own, whole if len(own) <= objects else None


def _names(training: Path, labels: Path) -> dict[str, Phrase]:
    """Pairs that name a thing -> its name, without a tone of skin."""
    found = {}
    for thing in naming.things(training, labels).by_image.values():
        pair, facts = thing.pair, tuple(Part(thing).facts())
        phrase = Phrase(thing.name, pair["lang"], pair["uid"], thing.image, facts)
        found[pair["uid"]] = phrase
    return found
