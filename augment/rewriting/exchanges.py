"""Forms that exchange two noun phrases: the order of `and`, symmetric and converse relations."""

import re
from collections.abc import Iterator
from typing import Any

from augment.rewriting.edits import Edit
from augment.rewriting.english import lowered, raised
from augment.rewriting.forms import Rewrite, Words, between, only_edge
from augment.rewriting.reading import Phrase, Reading, Row

SYMMETRIC = frozenset({"next to", "beside", "adjacent to", "close to"})
CONVERSES = {  # relation -> its converse, as written after `is`; what is on the left may be a part
    "to left of": "to the right of",
    "to right of": "to the left of",
    "above": "under",
    "over": "under",
    "under": "above",
    "on top of": "under",
    "in front of": "behind",
    "behind": "in front of",
}
_END = re.compile(r"\s*[.!]?\s*")


def order(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """Two phrases that `and` joins change places, where they surely stand alike."""
    for i, (gap, left, right) in enumerate(between(reading)):
        alone = i == 0 and len(reading.phrases) == 2 and left.start == 0
        into = [{e["start"] for e in reading.edges if e["target"] == p.node} for p in (left, right)]
        alike = into[0] == into[1] if i else not into[0] and not into[1]
        out = any(e["source"] in (left.node, right.node) for e in reading.edges)
        if into[0] and (not words.field(left) or words.field(left) != words.field(right)):
            continue  # a cat with a hat and a dog: who has the dog?
        last = right.node == reading.phrases[-1].node
        if not gap.joins or not alike or not (alone or into[0]) or out or not last:
            continue
        if bool(left.determiner) != bool(right.determiner):
            continue
        if not left.determiner and (left.before or right.before):  # red apples and pears
            continue
        if left.after or right.after or not _END.fullmatch(reading.ending):
            continue
        yield from _exchange(
            reading, left, right, {"edges": [e["edge"] for e in reading.edges], "joined": i}
        )


def symmetric(reading: Reading, _: Words) -> Iterator[Rewrite]:
    """A relation that holds both ways is said the other way round."""
    edge = _whole(reading)
    if edge is not None and edge["lemma"] in SYMMETRIC:
        (left, right), turned = reading.phrases, (edge["edge"], edge["lemma"])
        yield from _exchange(reading, left, right, {"symmetric": edge["lemma"]}, turned)


def converse(reading: Reading, _: Words) -> Iterator[Rewrite]:
    """A relation of places is said by its converse, of the other thing."""
    edge = _whole(reading)
    if edge is None or edge["lemma"] not in CONVERSES:
        return
    said = CONVERSES[edge["lemma"]]
    (gap,), (left, right) = reading.gaps, reading.phrases
    turned = (edge["edge"], said.replace("the ", ""))
    middle = Edit(gap.start, gap.end, f" {said} ")
    proof = {"relation": edge["lemma"], "converse": turned[1]}
    for found in _exchange(reading, left, right, proof, turned):
        yield found._replace(edits=(*found.edits, middle))


def _whole(reading: Reading) -> Row | None:
    """The relation of a caption that says `<phrase> <relation> <phrase>` and no more."""
    if len(reading.phrases) != 2 or not _END.fullmatch(reading.ending):
        return None
    left, right = reading.phrases
    if left.start or left.after or right.after or not (left.determiner or left.number):
        return None
    return only_edge(reading.gaps[0].edges, left, right) if len(reading.edges) == 1 else None


def _exchange(
    reading: Reading,
    left: Phrase,
    right: Phrase,
    proof: dict[str, Any],
    turned: tuple[int, str] | None = None,
) -> Iterator[Rewrite]:
    """Two phrases in each other's place; none where a capital may be a name's."""
    texts = [reading.caption[p.start : p.end] for p in (left, right)]
    first = lowered(texts[0])
    if first is None or first == texts[1] or not texts[1][0].islower():
        return
    second = raised(texts[1]) if texts[0][0].isupper() else texts[1]
    edits = (Edit(left.start, left.end, second), Edit(right.start, right.end, first))
    yield Rewrite(edits, proof, turned)
