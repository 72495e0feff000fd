"""Annotated captions in, what the network is to say of them out, as arrays for training."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from align import features, rules, tokens
from align.anchors import Anchored, anchor, placed
from align.factual import Example
from align.features import Reading
from align.lexicon import Lexicon
from align.network import ENDING, NO_RELATION, OF, UNKNOWN

IGNORED = -100  # class of a pair whose predicate is too rare to be learnt
_SEEN = 2  # times that a word or ending must be seen in training to be known
_PREDICATE_SEEN = 3


class Case(NamedTuple):
    """A caption of n tokens and P pairs of heads."""

    reading: Reading
    labels: np.ndarray  # n, of align.network.LABELS
    found: np.ndarray  # P x 2
    apart: np.ndarray  # P
    known: np.ndarray  # P x PAIR_WIDTH
    predicates: list[str | None]  # P: words of the relation, None where there is none
    of: np.ndarray  # P, whether the first is an attribute of the second
    verbs: np.ndarray  # P: token, n where no token is the verb


class Vocabulary(NamedTuple):
    """What is known by name."""

    words: list[str]
    endings: list[str]
    classes: list[str]


def cases(examples: Sequence[Example], lexicon: Lexicon) -> list[Case]:
    """What can be learnt of annotated captions, but for those with a fact that is not found."""
    found = []
    for example in examples:
        parts = tokens.sentences(example.caption, lexicon)
        if len(parts) == 1 and not (told := anchor(example.facts, parts[0])).lost:
            graph = rules.read(example.caption, lexicon)
            found.append(_case(features.read(parts[0], graph, lexicon), told))
    return found


def read_by_rules(texts: Sequence[str], lexicon: Lexicon) -> list[Case]:
    """What the rules make of texts that nobody annotated.

    Learning of them, too, lets the network follow the rules where its words are not those of
    FACTUAL's captions.
    """
    found = []
    for text in texts:
        parts = tokens.sentences(text, lexicon)
        graph = rules.read(text, lexicon)
        if len(parts) == 1 and graph.nodes:
            reading = features.read(parts[0], graph, lexicon)
            found.append(_case(reading, placed(graph, parts[0])))
    return found


def vocabulary(known: Sequence[Case]) -> Vocabulary:
    """Words, endings and predicates that are seen often enough, in a fixed order."""
    words = Counter(word for case in known for word in case.reading.words)
    endings = Counter(word[-ENDING:] for case in known for word in case.reading.words)
    classes = Counter(p for case in known for p in case.predicates if p is not None)
    return Vocabulary(
        sorted(word for word, count in words.items() if count >= _SEEN),
        sorted(ending for ending, count in endings.items() if count >= _SEEN),
        sorted(name for name, count in classes.items() if count >= _PREDICATE_SEEN),
    )


def targets(case: Case, numbers: dict[str, int]) -> np.ndarray:
    """P: the class of each pair."""
    kinds = [NO_RELATION if p is None else numbers.get(p, IGNORED) for p in case.predicates]
    return np.where(case.of, OF, np.array(kinds, dtype=np.int64))


def numbered(names: Sequence[str], first: int = UNKNOWN + 1) -> dict[str, int]:
    """Names with their numbers."""
    return {name: i for i, name in enumerate(names, first)}


def _case(reading: Reading, told: Anchored) -> Case:
    size = len(reading.words)
    labels = np.zeros(size, dtype=np.int64)
    for attribute in told.attributes:
        _set(labels, attribute.run, 3)
    for thing in told.things:
        _set(labels, thing, 1)
    heads = {run[1] - 1 for run in told.things} | {a.run[1] - 1 for a in told.attributes}
    chosen = sorted(heads | set(reading.heads))
    found, apart, known = features.of_pairs(
        reading, [(i, j) for i in chosen for j in chosen if i != j]
    )
    place = {pair: row for row, pair in enumerate(map(tuple, found.tolist()))}
    predicates: list[str | None] = [None] * len(found)
    of = np.zeros(len(found), dtype=bool)
    verbs = np.full(len(found), size, dtype=np.int64)
    for attribute in told.attributes:
        of[place[attribute.run[1] - 1, attribute.thing[1] - 1]] = True
    for relation in told.relations:
        if relation.source == relation.target:
            continue
        row = place[relation.source[1] - 1, relation.target[1] - 1]
        predicates[row] = relation.rest
        verbs[row] = size if relation.verb is None else relation.verb
    return Case(reading, labels, found, apart, known, predicates, of, verbs)


def _set(labels: np.ndarray, run: tuple[int, int], first: int) -> None:
    labels[run[0]] = first
    labels[run[0] + 1 : run[1]] = first + 1
