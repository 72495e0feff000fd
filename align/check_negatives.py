"""Negatives and their pairs in; those that a second, independent look finds true, out.

    python -m align.check_negatives --negatives data/labels/negatives --sets data/pool \
        --decisions data/decisions/pool.parquet --packages data/packages --count 1000

The look shares no rule with `align.negatives.proof`: it reads words, not facts. The edits must give
the negative; the words that they bring must stand in no caption of the picture, nor a word that
WordNet, by any sense, has as the same thing or as a kind of it; the scene graphs of an English
caption and of its negative must not be isomorphic (networkx, lemmas compared by synonyms), and what
changes places must stand in a relation that is no symmetric one.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import networkx as nx

from align.labelers.scene import parse_all
from align.negatives.schemas import NEGATIVES
from align.scenegraph import Graph
from curate.dataset import tables, wordnet
from curate.dataset.errors import DataError
from curate.dataset.sets import kept
from curate.dataset.wordnet import ADJECTIVE, NOUN, VERB, WordNet
from curate.stage.run import run

_WORD = re.compile(r"\w+")
_BOTH_WAYS = frozenset(("and", "or", "with", "near", "beside", "next to", "by", "against"))
WORDNET = "wordnet-base"  # fetched package with its database files
_SWAPS = ("attributes", "objects")

Row = Mapping[str, Any]


def main(
    negatives: Path,
    sets: Path,
    decisions: Path,
    packages: Path,
    count: int = 1000,
) -> dict[str, Any]:
    """Look at some negatives again.

    Args:
        negatives: folder of the labeler's tables.
        sets: the pool, or the folder of made sets.
        decisions: which of their pairs were kept.
        packages: folder of fetched packages.
        count: negatives that are looked at, drawn by their names.

    Raises:
        DataError: there are none, or one is of a pair that is not there.
    """
    rows = tables.read(negatives / "negatives.parquet", NEGATIVES.names).to_pylist()
    chosen = sorted(rows, key=lambda r: hashlib.sha256(f"{r}".encode()).digest())[:count]
    if not chosen:
        raise DataError(f"{negatives} holds no negative to look at")
    pairs = kept([sets], [decisions]).select(["uid", "image", "lang", "caption"]).to_pylist()
    by_uid = {pair["uid"]: pair for pair in pairs}
    of_image: dict[str, list[Row]] = defaultdict(list)
    for pair in pairs:
        of_image[pair["image"]].append(pair)
    if lost := [row["uid"] for row in chosen if row["uid"] not in by_uid]:
        raise DataError(f"{negatives}: {len(lost)} negatives of no kept pair, first {lost[0]}")
    folder = wordnet.folder_of(packages, WORDNET).resolve()
    database = wordnet.open_folder(folder)
    failures = [
        f"{row['caption']} ({row['uid']}): {reason}"
        for row in chosen
        for pair in [by_uid[row["uid"]]]
        for reason in objections(row, pair, of_image[pair["image"]], database, folder)
    ]
    for failure in failures:
        print(failure)
    print(f"{len(failures)} of {len(chosen)} negatives failed")
    return {"looked_at": len(chosen), "failed": len(failures)}


def objections(
    row: Row, pair: Row, beside: Sequence[Row], database: WordNet, folder: Path
) -> Iterator[str]:
    """What speaks against one negative.

    Args:
        row: of schema `NEGATIVES`.
        pair: that it is of.
        beside: all pairs of its picture.
        database: WordNet.
        folder: its files.
    """
    caption = pair["caption"]
    parts, at = [], 0
    for start, end, text in zip(row["starts"], row["ends"], row["texts"], strict=True):
        parts += [caption[at:start], text]
        at = end
    if "".join([*parts, caption[at:]]) != row["caption"]:
        yield "its edits do not give it"
    if row["caption"] == caption or row["twin"] == row["twin_negative"]:
        yield "nothing differs"
    if row["how"] not in _SWAPS:
        yield from _brought(row, caption, beside, database)
    if row["lang"] == "en":
        ours, theirs = parse_all([caption, row["caption"]], folder)
        if _isomorphic(ours, theirs, database):
            yield "its graph is the caption's"
        if row["how"] == "objects" and _both_ways(ours, row):
            yield "its relation holds both ways"


def _brought(row: Row, caption: str, beside: Sequence[Row], database: WordNet) -> Iterator[str]:
    """Whether a caption of the picture holds what the edits bring, or what means it."""
    gone = {
        word
        for start, end in zip(row["starts"], row["ends"], strict=True)
        for word in _words(caption[start:end])
    }
    come = {word for text in row["texts"] for word in _words(text)} - gone
    for other in beside:
        if other["lang"][:2] != row["lang"]:
            continue
        if row["lang"] == "ja":
            held_on = other["caption"]
            for start, end in zip(row["starts"], row["ends"], strict=True):
                held_on = held_on.replace(caption[start:end], "")  # pale is within rather pale
            if any(text in held_on for text in row["texts"]):
                yield f"{other['caption']!r} says {row['texts']}"
            continue
        held = set(_words(other["caption"])) - gone
        phrases = [text.lower() for text in row["texts"] if " " in text]
        if phrases and not any(text in other["caption"].lower() for text in phrases):
            continue
        if said := come & held:
            yield f"{other['caption']!r} says {sorted(said)}"
        if row["lang"] == "en" and row["kind"] == "object":
            for word in sorted(come):
                if same := [o for o in sorted(held) if _kin(word, o, database)]:
                    yield f"{other['caption']!r} says {same[0]}, and {word} is akin"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _kin(one: str, other: str, database: WordNet) -> bool:
    """Whether, as nouns, two words name one thing or the one a kind of the other."""
    ours = {s for base in database.base_forms(one, NOUN) for s in database.senses(base, NOUN)[:2]}
    theirs = {s for b in database.base_forms(other, NOUN) for s in database.senses(b, NOUN)[:2]}
    above = {a for s in ours for a in database.ancestors(s)}
    below = {a for s in theirs for a in database.ancestors(s)}
    return bool(ours & theirs or ours & below or theirs & above)


def _isomorphic(one: Graph, other: Graph, database: WordNet) -> bool:
    def same(a: Row, b: Row) -> bool:
        if a["kind"] != b["kind"] or a.get("quantifier") != b.get("quantifier"):
            return False
        return a["lemma"] == b["lemma"] or _synonyms(a["lemma"], b["lemma"], database)

    return nx.is_isomorphic(_drawn(one), _drawn(other), node_match=same)


def _synonyms(one: str, other: str, database: WordNet) -> bool:
    return any(
        set(database.senses(one, pos)[:1]) & set(database.senses(other, pos)[:1])
        for pos in (NOUN, ADJECTIVE, VERB)
    )


def _drawn(graph: Graph) -> nx.DiGraph:
    """Relations as nodes of their own, so that one function compares all words."""
    drawn = nx.DiGraph()
    for number, node in enumerate(graph.nodes):
        drawn.add_node(number, kind=node.kind, lemma=node.lemma, quantifier=node.quantifier)
        if node.parent is not None:
            drawn.add_edge(node.parent, number)
    for number, edge in enumerate(graph.edges):
        drawn.add_node(("relation", number), kind="relation", lemma=edge.lemma)
        drawn.add_edge(edge.source, ("relation", number))
        drawn.add_edge(("relation", number), edge.target)
    return drawn


def _both_ways(graph: Graph, row: Row) -> bool:
    spans = set(zip(row["starts"], row["ends"], strict=True))
    for edge in graph.edges:
        ends = [graph.nodes[edge.source], graph.nodes[edge.target]]
        if {(node.start, node.end) for node in ends} == spans:
            return edge.lemma in _BOTH_WAYS
    return False


if __name__ == "__main__":
    run("align.check_negatives", section="label.negatives")
