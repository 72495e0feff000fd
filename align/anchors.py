"""Facts of a caption and its tokens in, the tokens that each fact is told by out.

FACTUAL's facts are words without places. A thing or an attribute is looked for as a run of tokens,
as written, in base form, or misspelt; a predicate's verb as the token nearest to its two things
whose base form it is. What is told by no words (`( man , have , hand )` for "the man's hand") keeps
its words as they are. A fact whose things or attribute are not found is left out.
"""

import difflib
import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from align.factual import Fact
from align.lexicon import NUMBERS
from align.scenegraph import Graph
from align.tagger import Token

Run = tuple[int, int]  # first token, one past the last
_ALIKE = 0.75  # share of letters in common of a misspelt word
BARE = ""  # what a predicate adds to its verb where it adds nothing


class Attribute(NamedTuple):
    """An attribute said of a thing."""

    run: Run
    thing: Run


class Relation(NamedTuple):
    """A predicate between two things: a verb of the caption, words of its own, or both."""

    source: Run
    target: Run
    verb: int | None  # token
    rest: str  # what follows the verb's base form, or the whole predicate: on, sit on, have


class Anchored(NamedTuple):
    """Facts with their places in a caption."""

    things: list[Run]
    attributes: list[Attribute]
    relations: list[Relation]
    lost: int  # facts that were not found


def anchor(facts: Iterable[Fact], tokens: Sequence[Token]) -> Anchored:
    """Places of the facts of a caption."""
    things: dict[str, Run | None] = {}
    attributes: list[Attribute] = []
    relations: list[Relation] = []
    lost = 0
    ordered = sorted(facts)
    for name in sorted(_names(ordered), key=lambda n: (-len(n.split()), n)):
        taken = [run for run in things.values() if run]
        things[name] = _find(name, tokens, taken)
    for fact in ordered:
        if len(fact) == 1:
            lost += things[fact[0]] is None
        elif len(fact) == 2:
            run = _attribute(fact, things[fact[0]], tokens, [r for r in things.values() if r])
            if run is not None and (thing := things[fact[0]]) is not None:
                attributes.append(Attribute(run, thing))
            else:
                lost += 1
        else:
            source, target = things[fact[0]], things[fact[2]]
            if source is None or target is None or source == target:
                lost += 1
            else:
                relations.append(_relation(fact[1], source, target, tokens))
    return Anchored(sorted({r for r in things.values() if r}), attributes, relations, lost)


def placed(graph: Graph, tokens: Sequence[Token]) -> Anchored:
    """Places of what a graph with spans says; every fact has one, if its span has tokens."""
    runs = [_covered(node.start, node.end, tokens) for node in graph.nodes]
    things = [
        run for run, node in zip(runs, graph.nodes, strict=True) if run and node.parent is None
    ]
    attributes = [
        Attribute(run, owner)
        for run, node in zip(runs, graph.nodes, strict=True)
        if run and node.parent is not None and (owner := runs[node.parent])
    ]
    relations = [
        _relation(edge.lemma, source, target, tokens)
        for edge in graph.edges
        if (source := runs[edge.source]) and (target := runs[edge.target])
    ]
    return Anchored(sorted(set(things)), attributes, relations, 0)


def _covered(start: int, end: int, tokens: Sequence[Token]) -> Run | None:
    """Tokens within some characters."""
    inside = [i for i, token in enumerate(tokens) if token.start < end and start < token.end]
    return (inside[0], inside[-1] + 1) if inside else None


def _names(facts: Iterable[Fact]) -> set[str]:
    return {name for fact in facts for name in (fact[0], *([fact[2]] if len(fact) == 3 else []))}


def _attribute(
    fact: Fact, thing: Run | None, tokens: Sequence[Token], things: list[Run]
) -> Run | None:
    words = fact[1].removesuffix(" of")
    near = thing[1] - 1 if thing is not None else None
    return _find(words, tokens, things, near)


def _find(
    name: str, tokens: Sequence[Token], taken: Sequence[Run], near: int | None = None
) -> Run | None:
    """Run of tokens that a name stands for, by the best way of writing it that is found."""
    words = name.lower().split()
    if not words:
        return None
    for rank in (0, 1, 2):
        runs = [
            (i, i + len(words))
            for i in range(len(tokens) - len(words) + 1)
            if all(_likeness(w, tokens[i + k]) <= rank for k, w in enumerate(words))
            and not any(i < end and start < i + len(words) for start, end in taken)
        ]
        if runs:
            return min(
                runs, key=lambda run: (abs(run[1] - 1 - near) if near is not None else 0, run)
            )
    return None


def _likeness(word: str, token: Token) -> int:
    """0: the same word; 1: the same base form or number; 2: perhaps misspelt; 3: another."""
    if word == token.text:
        return 0
    if word == NUMBERS.get(token.text) or _base(word) == _base(token.text):
        return 1
    if word in token.word.lemmas.values():
        return 1
    return 2 if len(word) > 3 and _alike(word, token.text) else 3


def _base(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


@functools.lru_cache(maxsize=100_000)
def _alike(one: str, other: str) -> bool:
    return one[0] == other[0] and difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _relation(predicate: str, source: Run, target: Run, tokens: Sequence[Token]) -> Relation:
    words = [w for w in predicate.lower().split() if w not in ("the", "a", "an")]
    first, rest = words[0] if words else predicate, " ".join(words[1:])
    things = {*range(*source), *range(*target)}
    middle = (source[1] + target[1] - 2) / 2
    verbs = [
        i
        for i, token in enumerate(tokens)
        if i not in things and token.word.lemmas.get("V") == first
    ]
    if not verbs:
        return Relation(source, target, None, " ".join(words))
    return Relation(source, target, min(verbs, key=lambda i: (abs(i - middle), i)), rest)
