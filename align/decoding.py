"""The network's odds for a sentence in, the scene graph that they are best read as out."""

import numpy as np

from align import features
from align.features import ATTRIBUTE_OF, Reading
from align.lexicon import NUMBERS, Lexicon
from align.network import LABELS, NO_RELATION, OF, Network, PairOdds
from align.phrases import MEASURES
from align.relating import Run, Sentence, relations, told
from align.scenegraph import ATTRIBUTE, OBJECT, Graph, Node
from align.tagger import Token
from align.wording import attribute_lemma, thing_lemma

_SURE = 0.6  # chance that every token's label needs
_SURE_OF_NEW = 0.9  # the same in a sentence with a word that training did not know


def decode(
    caption: str,
    tokens: list[Token],
    ruled: Graph,
    lexicon: Lexicon,
    trained: Network,
    least: float,
) -> Graph:
    """Scene graph of one sentence of a caption, nodes in any order; empty where it abstains.

    It does where it finds no thing, and where it is not sure of some token's label: on captions of
    other fields than FACTUAL's the rules are then more often right, on FACTUAL's as often.

    Args:
        caption: the whole text.
        tokens: of the sentence.
        ruled: what the rules read in the caption.
        lexicon: where the tokens' words come from.
        trained: the network.
        least: confidence that a node or edge needs.
    """
    reading = features.read(tokens, ruled, lexicon)
    odds = trained.label(reading)
    for i, role in reading.certain.items():
        odds.labels[i] = np.arange(len(LABELS)) == role + 1
    found = [run for run in runs(odds.labels) if run.confidence >= least]
    things = [run for run in found if run.thing]
    surest = float(odds.labels.max(axis=1).min())
    if not things or surest < (_SURE_OF_NEW if trained.has_new_words(reading) else _SURE):
        return Graph([], [])
    pairs = [(run.end - 1, thing.end - 1) for run in found for thing in things if run != thing]
    related = trained.relate(odds.states, reading, pairs)
    place = {pair: row for row, pair in enumerate(pairs)}
    first, last = tokens[0].start, tokens[-1].end
    own = (node for node in ruled.nodes if first <= node.start < last)
    known = {(node.kind, node.start, node.end): node for node in own}
    nodes = [_thing(caption, tokens, run, known, lexicon) for run in things]
    for run in found:
        if not run.thing:
            for owner, chance in _owners(run, things, related, place, reading):
                if run.confidence * chance >= least:
                    _describe(nodes, owner, caption, tokens, run, chance, known, things)
    sentence = Sentence(caption, tokens, reading, trained.classes)
    return Graph(nodes, relations(sentence, things, related, place, least))


def runs(labels: np.ndarray) -> list[Run]:
    """What the likeliest labels of tokens name, from left to right."""
    found: list[Run] = []
    best = labels.argmax(axis=1).tolist()
    for i, label in enumerate(best):
        name, chance = LABELS[label], float(labels[i, label])
        if name == "none":
            continue
        thing = name.endswith("thing")
        last = found[-1] if found else None
        if name.startswith("in ") and last and last.end == i and last.thing == thing:
            found[-1] = last._replace(end=i + 1, confidence=last.confidence * chance)
        else:
            found.append(Run(thing, i, i + 1, chance))
    return found


def _span(tokens: list[Token], run: Run) -> tuple[int, int]:
    return tokens[run.start].start, tokens[run.end - 1].end


def _thing(
    caption: str,
    tokens: list[Token],
    run: Run,
    known: dict[tuple[str, int, int], Node],
    lexicon: Lexicon,
) -> Node:
    start, end = _span(tokens, run)
    same = known.get((OBJECT, start, end))
    lemma = same.lemma if same else thing_lemma(tokens[run.start : run.end], lexicon)
    quantity = same.quantifier if same else None
    return Node(
        OBJECT,
        caption[start:end],
        lemma,
        start,
        end,
        None,
        quantity,
        confidence=told(run.confidence),
    )


def _owners(
    run: Run,
    things: list[Run],
    related: PairOdds,
    place: dict[tuple[int, int], int],
    reading: Reading,
) -> list[tuple[int, float]]:
    """Things that an attribute is likelier said of than not, with that chance."""
    found = []
    for number, thing in enumerate(things):
        pair = run.end - 1, thing.end - 1
        row = related.classes[place[pair]]
        chance = float(row[OF] / (row[OF] + row[NO_RELATION]))
        if run.end - 1 in reading.certain:
            chance = float(bool(reading.rules.get(pair, 0) & ATTRIBUTE_OF))
        if chance >= 0.5:
            found.append((number, chance))
    return found


def _describe(
    nodes: list[Node],
    owner: int,
    caption: str,
    tokens: list[Token],
    run: Run,
    chance: float,
    known: dict[tuple[str, int, int], Node],
    things: list[Run],
) -> None:
    """Add an attribute to a thing, or set its quantity."""
    words = tokens[run.start : run.end]
    first = words[0].text
    if len(words) == 1 and (first.isdecimal() or first in NUMBERS):
        nodes[owner] = nodes[owner]._replace(quantifier=NUMBERS.get(first, first))
        return
    follows = tokens[run.end].text if run.end < len(tokens) else ""
    if "of" in (words[-1].text, follows) and words[0].word.lemmas.get("N") in MEASURES:
        nodes[owner] = nodes[owner]._replace(quantifier=words[0].word.lemmas["N"])
        return
    start, end = _span(tokens, run)
    same = known.get((ATTRIBUTE, start, end))
    after = run.start >= things[owner].end
    lemma, verbal = (same.lemma, same.verbal) if same else attribute_lemma(words, after=after)
    nodes.append(
        Node(
            ATTRIBUTE, caption[start:end], lemma, start, end, owner,
            verbal=verbal, confidence=told(run.confidence * chance),
        )
    )  # fmt: skip
