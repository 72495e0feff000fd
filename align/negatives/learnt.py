"""The pool's captions in, what negatives are judged by out; and the same from its tables again."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from align.negatives import attackers
from align.negatives.attackers import Bigrams, Counts
from align.negatives.form import Pair, words
from align.negatives.schemas import BIGRAMS, NOUNS, SHARES
from align.scenegraph import OBJECT, Graph
from curate.dataset import tables


class Learnt(NamedTuple):
    """What is learnt of the pool.

    Attributes:
        counts: language -> how often its captions hold words and pairs of them.
        models: language -> the bigram model of these.
        nouns: that enough captions name, sorted.
        shares: (language, kind, signs) -> share that is kept; None: still to be found.
    """

    counts: Mapping[str, Counts]
    models: Mapping[str, Bigrams]
    nouns: Sequence[str]
    shares: dict[tuple[str, str, str], float] | None


def learn(pairs: Sequence[Pair], graphs: Mapping[str, Graph], uses: int) -> Learnt:
    """What the pool tells.

    Args:
        pairs: its pairs, in languages with words.
        graphs: of their English captions, by caption.
        uses: captions that name a noun, at least.
    """
    captions: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        captions[pair.lang].add(pair.caption)
    counts = {
        lang: attackers.count(sorted(own), scattered=words(lang).scattered)
        for lang, own in sorted(captions.items())
    }
    named: Counter[str] = Counter()
    for graph in graphs.values():
        named.update({node.lemma for node in graph.nodes if node.kind == OBJECT})
    nouns = sorted(lemma for lemma, number in named.items() if number >= uses)
    return Learnt(counts, _models(counts), nouns, None)


def read(folder: Path) -> Learnt:
    """What the tables of the pool's negatives tell.

    Raises:
        DataError: one is missing.
    """
    counts: dict[str, Counts] = {}
    for row in tables.read(folder / "bigrams.parquet", BIGRAMS.names).to_pylist():
        held = counts.setdefault(row["lang"], Counts(Counter(), Counter()))
        held.bigrams[row["first"], row["second"]] = row["count"]
        held.words[row["second"]] += row["count"]
        if row["first"] == attackers.START:
            held.words[attackers.START] += row["count"]
    nouns = tables.read(folder / "nouns.parquet", NOUNS.names).column("noun").to_pylist()
    rows = tables.read(folder / "shares.parquet", SHARES.names).to_pylist()
    shares = {(row["lang"], row["kind"], row["signs"]): row["share"] for row in rows}
    return Learnt(counts, _models(counts), nouns, shares)


def bigrams(learnt: Learnt) -> Iterator[tuple[str, str, str, int]]:
    """Rows of schema `BIGRAMS`."""
    for lang, held in learnt.counts.items():
        for (first, second), number in held.bigrams.items():
            yield lang, first, second, number


def _models(counts: Mapping[str, Counts]) -> dict[str, Bigrams]:
    return {lang: Bigrams(held, scattered=words(lang).scattered) for lang, held in counts.items()}
