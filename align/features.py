"""Tokens of a caption and what the rules make of them in, the numbers that the network reads out.

Of each token: its word, its ending, and `WIDTH` numbers that hold for words never seen in training,
too: what the lexicon says that the word can be, WordNet's field of its meaning, whether WordNet
holds it as a part of a noun of several words, and the role that the rules (`align.rules`) give it.
Of each ordered pair of tokens: how far apart they are and how the rules relate them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from align.lexicon import Lexicon
from align.scenegraph import OBJECT, Edge, Graph, Node
from align.tagger import NUMBERED, QUOTED, TAGS, Token, is_sign
from curate.dataset.wordnet import NOUN

FIELDS = tuple(
    "act animal artifact attribute body cognition communication event feeling food group location "  # noqa: SIM905
    "motive object person phenomenon plant possession process quantity relation shape state "
    "substance time".split()
)
ROLES = ("thing", "in thing", "attribute", "in attribute", "relation")  # by the rules
_FLAGS = ("plural", "finite", "unknown", "verb", "digits", "quoted", "starts name", "in name")
WIDTH = len(TAGS) + len(FIELDS) + len(_FLAGS) + len(ROLES)
FARTHEST = 8  # tokens; what is farther apart counts as so far
DISTANCES = 2 * FARTHEST + 1
RELATED, RELATED_BACK, ATTRIBUTE_OF = 1, 2, 4
PAIR_WIDTH = 4  # related by the rules, the other way round, attribute of, same head


class Reading(NamedTuple):
    """A caption's numbers, n tokens."""

    words: list[str]  # n: lower case, digits as 0
    dense: np.ndarray  # n x WIDTH, float32
    heads: list[int]  # last tokens of what the rules take for things and attributes
    rules: dict[tuple[int, int], int]  # pair of heads -> bits: RELATED, the other way, ATTRIBUTE_OF
    edges: dict[tuple[int, int], Edge]  # pair of heads -> how the rules relate them
    certain: dict[int, int]  # token of a form that the rules alone know -> its role, -1 for none


def read(tokens: Sequence[Token], graph: Graph, lexicon: Lexicon) -> Reading:
    """The numbers of a caption's tokens.

    Args:
        tokens: of a caption, or of one of its sentences.
        graph: what the rules read in the whole caption.
        lexicon: where the tokens' words come from.
    """
    dense = np.zeros((len(tokens), WIDTH), dtype=np.float32)
    for i, token in enumerate(tokens):
        dense[i, : -len(ROLES) - 2] = _of_word(token, lexicon)
    names = dense[:, -len(ROLES) - 2 :]
    _mark_names(tokens, lexicon, names)
    heads = _mark_roles(tokens, graph, names[:, 2:])
    rules: dict[tuple[int, int], int] = {}
    edges: dict[tuple[int, int], Edge] = {}
    for edge in graph.edges:
        source, target = heads.get(edge.source), heads.get(edge.target)
        if source is not None and target is not None:
            edges[source, target] = edge
            rules[source, target] = rules.get((source, target), 0) | RELATED
            rules[target, source] = rules.get((target, source), 0) | RELATED_BACK
    for number, head in heads.items():
        if (parent := graph.nodes[number].parent) is not None and parent in heads:
            pair = head, heads[parent]
            rules[pair] = rules.get(pair, 0) | ATTRIBUTE_OF
    words = ["".join("0" if c.isdigit() else c for c in t.text) for t in tokens]
    certain = _certain(tokens, graph, names[:, 2:])
    return Reading(words, dense, sorted(set(heads.values())), rules, edges, certain)


def of_pairs(
    reading: Reading, chosen: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """P pairs of tokens: P x 2 tokens, P distances from 0, P x PAIR_WIDTH numbers."""
    found = np.array(chosen, dtype=np.int64).reshape(-1, 2)
    apart = np.minimum(np.maximum(found[:, 1] - found[:, 0], -FARTHEST), FARTHEST) + FARTHEST
    known = np.zeros((len(found), PAIR_WIDTH), dtype=np.float32)
    for row, (i, j) in enumerate(chosen):
        bits = reading.rules.get((i, j), 0)
        known[row] = bits & 1, bits >> 1 & 1, bits >> 2 & 1, reading.words[i] == reading.words[j]
    return found, apart, known


def _of_word(token: Token, lexicon: Lexicon) -> np.ndarray:
    """What the lexicon knows of a word wherever it stands; the two marks of names are set later."""
    word = token.word
    numbers = np.zeros(len(TAGS) + len(FIELDS) + len(_FLAGS) - 2, dtype=np.float32)
    for tag, score in word.scores.items():
        numbers[TAGS.index(tag)] = np.exp(min(score, 0.0))
    start = len(TAGS)
    field = lexicon.field(word.lemmas["N"]).removeprefix("noun.") if "N" in word.lemmas else ""
    if field in FIELDS:
        numbers[start + FIELDS.index(field)] = 1.0
    start += len(FIELDS)
    numbers[start:] = (
        word.plural, word.finite, word.unknown, "V" in word.lemmas,
        token.text.isdecimal(), token.tag == QUOTED,
    )  # fmt: skip
    return numbers


def _mark_names(tokens: Sequence[Token], lexicon: Lexicon, marks: np.ndarray) -> None:
    """Where nouns of several words that WordNet holds start, and where they go on."""
    for i, token in enumerate(tokens):
        longest = lexicon.database.phrase_starts.get(token.text, 1)
        for end in range(min(len(tokens), i + longest), i + 1, -1):
            if lexicon.database.base_forms(" ".join(t.text for t in tokens[i:end]), NOUN):
                marks[i, 0] = 1.0
                marks[i + 1 : end, 1] = 1.0
                break


def _certain(tokens: Sequence[Token], graph: Graph, marks: np.ndarray) -> dict[int, int]:
    """Quotations, signs (the letter K) and what there is none of: FACTUAL's captions have none."""
    none_of = [node for node in graph.nodes if node.quantifier == "no"]
    roles = np.where(marks[:, :4].any(axis=1), marks[:, :4].argmax(axis=1), -1).tolist()
    return {
        i: roles[i]
        for i, token in enumerate(tokens)
        if token.tag == QUOTED
        or (i and tokens[i - 1].text in NUMBERED and is_sign(token.text))
        or any(node.start <= token.start < node.end for node in none_of)
    }


def _mark_roles(tokens: Sequence[Token], graph: Graph, marks: np.ndarray) -> dict[int, int]:
    """Set the roles that the rules give; return each node's last token."""
    heads = {}
    starts, ends = [t.start for t in tokens], [t.end for t in tokens]

    begin, end = starts[0], ends[-1]

    def within(part: Node | Edge) -> range:
        return range(bisect_right(ends, part.start), bisect_left(starts, part.end))

    nodes = [(i, n) for i, n in enumerate(graph.nodes) if n.start < end and begin < n.end]
    for number, node in nodes:
        if inside := within(node):
            first = 0 if node.kind == OBJECT else 2
            marks[inside[0], first] = 1.0
            marks[inside[1:], first + 1] = 1.0
            heads[number] = inside[-1]
    for edge in [e for e in graph.edges if e.start < end and begin < e.end]:
        marks[within(edge), 4] = 1.0
    return heads
