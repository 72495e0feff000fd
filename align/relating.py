"""The network's odds for pairs of things in, the relations that the sentence states out.

Of the two directions of a pair the likelier one is kept. Where the network is sure that two things
are related, and not by which words, the rules' words for it stand, as they do where the caption
has another preposition than the network's. What nothing but `and` or a comma tells is not said,
though FACTUAL's annotators, who saw the picture, often wrote it.
"""

from typing import NamedTuple

import numpy as np

from align.features import Reading
from align.lexicon import PREPOSITIONS
from align.network import NO_RELATION, OF, PairOdds
from align.scenegraph import Edge
from align.tagger import Token
from align.wording import only_joined, told_by, with_side

_SURE = 0.4  # chance of the network's words below which the rules' are taken


class Run(NamedTuple):
    """Tokens that name a thing or an attribute."""

    thing: bool
    start: int
    end: int
    confidence: float


class Sentence(NamedTuple):
    """What relations are read from."""

    caption: str
    tokens: list[Token]
    reading: Reading
    classes: list[str]  # of the network


def relations(
    sentence: Sentence,
    things: list[Run],
    related: PairOdds,
    place: dict[tuple[int, int], int],
    least: float,
) -> list[Edge]:
    """Edges between things, named by their numbers.

    Args:
        sentence: the caption and its tokens.
        things: the nodes, in this order.
        related: the network's odds.
        place: pair of the things' last tokens -> row of the odds.
        least: confidence that an edge needs.
    """
    best: dict[tuple[int, int], Edge] = {}
    for i, source in enumerate(things):
        for j, target in enumerate(things):
            if i == j:
                continue
            pair = source.end - 1, target.end - 1
            row = place[pair]
            odds = related.classes[row]
            if odds[NO_RELATION] > 0.5 * (1 - odds[OF]):
                continue
            edge = _named(sentence, source, target, odds, related.verbs[row])
            ruled = sentence.reading.edges.get(pair)
            if ruled is not None and (
                edge is None or edge.confidence < _SURE or _contradicts(edge, ruled)
            ):
                chance = 1 - odds[NO_RELATION] / (1 - odds[OF])
                edge = ruled._replace(confidence=told(float(chance)))
            if edge is None or edge.confidence < least:
                continue
            other = best.get((min(i, j), max(i, j)))
            if other is None or other.confidence < edge.confidence:
                best[min(i, j), max(i, j)] = edge._replace(source=i, target=j)
    return list(best.values())


def _contradicts(edge: Edge, ruled: Edge) -> bool:
    """Whether the network names another preposition than the one that the caption has."""
    names = {edge.lemma, ruled.lemma}
    return len(names) == 2 and names <= PREPOSITIONS and ruled.relation.lower() == ruled.lemma


def told(chance: float) -> float:
    """A confidence, rounded so that it does not depend on the kind of processor."""
    return round(chance, 3)


def _named(
    sentence: Sentence, source: Run, target: Run, odds: np.ndarray, verbs: np.ndarray
) -> Edge | None:
    """The likeliest words for a relation that there is; None where they are no words."""
    tokens = sentence.tokens
    kind = int(odds[OF + 1 :].argmax())
    rest, chance = sentence.classes[kind], float(odds[OF + 1 + kind] / (1 - odds[OF]))
    allowed = np.array(["V" in token.word.lemmas for token in tokens] + [bool(rest)])
    chances = np.where(allowed, verbs, 0.0)
    best = int(chances.argmax())
    if not allowed[best]:
        return None
    verb = best if best < len(tokens) else None
    words = told_by(tokens, (source.start, source.end), (target.start, target.end), verb, rest)
    if verb is None and only_joined(words, rest):
        return None
    base = [tokens[verb].word.lemmas["V"]] if verb is not None else []
    lemma = " ".join([*base, *([with_side(rest, words)] if rest else [])])
    start, end = words[0].start, words[-1].end
    chance = told(chance * float(chances[best]))
    return Edge(0, 0, sentence.caption[start:end], lemma, start, end, verb is not None, chance)
