"""Scene graphs of captions and their hard negatives in, questions that these answer, out.

Asked is what a caption says of a thing that it names once: its one colour, the one tone of skin,
how many there are, what it is doing something to. Whether a thing is red, or there are two, is
asked only where a negative proves what it is not: with equal chance the true fact (yes) or the
false one (no). The labeler of negatives keeps each exchange of words as often one way as the other,
so neither the words nor the value tells the answer. That a caption names no dog proves nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from align.negatives.form import draw
from align.negatives.words import Words
from align.questions import asking
from align.questions.asking import NUMBERS, Question
from align.scenegraph import OBJECT
from curate.dataset.questions import NO, YES
from curate.dataset.truth import ATTRIBUTE, COUNT

COLOUR, TONE = "colour", "tone"
_ASKED = (COLOUR, TONE, "age", "opening")  # groups of words that one thing has one member of
_SKIN = "skin tone"
_UNDONE = ("being", "having", "including", "containing", "showing", "depicting", "featuring")
_TONES = ("light", "medium-light", "medium", "medium-dark", "dark")  # neighbours are too alike
_CAPTION, _NEGATIVE = "caption", "negative"
_PLAIN = re.compile(r"[a-z][a-z -]*")

Row = Mapping[str, Any]
Seen = Callable[[str], bool]
"""Whether a noun names something to see, so that several of it can be counted."""


class Said(NamedTuple):
    """An English caption and what was read from it."""

    uid: str
    image: str
    caption: str
    nodes: Sequence[Row]  # of the labeler `scene`
    edges: Sequence[Row]

    def once(self, lemma: str) -> Row | None:
        """The object of a name, where the caption has one of it and no more."""
        own = [n for n in self.nodes if n["kind"] == OBJECT and n["lemma"] == lemma]
        return own[0] if len(own) == 1 else None

    def name(self, node: Row) -> str:
        """An object as a question names it; none where it may be a name, or is the skin's tone."""
        start, text = node["start"], node["text"].lower()
        apart = start == 0 or not (
            self.caption[start - 1].isalnum() or self.caption[start - 1] == "."
        )
        plain = _PLAIN.fullmatch(text) and apart and node["lemma"] != _SKIN
        return text if plain and (node["text"] == text or start == 0) else ""

    def question(self, text: str, answer: str, kind: str, how: str = _CAPTION) -> Question:
        """A question about the caption's picture."""
        return Question(self.image, text, answer, kind, how, self.uid)


def of_caption(said: Said, words: Words, seen: Seen) -> Iterator[Question]:
    """What a caption tells, asked."""
    tones = {found.member for found in words.said(said.caption) if found.group == TONE}
    if len(tones) == 1:
        yield said.question("What skin tone is shown?", tones.pop(), TONE)
    for node in said.nodes:
        if node["kind"] == OBJECT and said.once(node["lemma"]) is node and said.name(node):
            yield from _looks(said, node, words, seen)
            yield from _doing(said, node)


def _looks(said: Said, node: Row, words: Words, seen: Seen) -> Iterator[Question]:
    """Colour and number of an object."""
    name, plural = said.name(node), _plural(node)
    own = [n["text"].lower() for n in said.nodes if n["parent"] == node["node"]]
    colours = {member for member, forms in words.groups[COLOUR].items() if {*own} & {*forms}}
    named = any(name in forms for forms in words.groups[COLOUR].values())
    if len(colours) == 1 and not named:
        yield said.question(asking.what_colour(name, plural), colours.pop(), COLOUR)
    number = NUMBERS.get(node["quantifier"] or "")
    if number and _countable(said, node, seen):
        yield said.question(asking.how_many(name), number, "number")


def _doing(said: Said, node: Row) -> Iterator[Question]:
    """To what, or where, an object does something."""
    lemma = {n["node"]: n["lemma"] for n in said.nodes}
    done = [
        (edge["relation"].lower(), lemma[edge["target"]])
        for edge in said.edges
        if edge["source"] == node["node"]
    ]
    for relation, target in done:
        first = relation.split()[0]
        alone = [other for other, _ in done].count(relation) == 1
        if first.endswith("ing") and first not in _UNDONE and alone and said.once(target):
            name = said.name(node)
            text = f"What {asking.be(name, _plural(node))} the {name} {relation}?"
            yield said.question(text, target, "action")


def of_negative(said: Said, negative: Row, words: Words, seen: Seen) -> Iterator[Question]:
    """Whether what a caption says, or what its negative says instead, is so."""
    true = draw(said.uid, str(negative["negative"]), "asked") < 0.5
    fact, answer = (negative["was"], YES) if true else (negative["becomes"], NO)
    text = None
    if negative["kind"] == ATTRIBUTE and negative["how"] in _ASKED:
        text = _attribute(said, fact, words.groups[negative["how"]], negative)
    elif negative["kind"] == COUNT:
        number, _, lemma = fact.partition(" x ")
        node = said.once(lemma)
        if node and said.name(node) and _countable(said, node, seen) and number in NUMBERS:
            text = asking.are_there(number, said.name(node))
    if text is not None:
        yield said.question(text, answer, negative["kind"], _NEGATIVE)


def _attribute(
    said: Said, fact: str, group: Mapping[str, Sequence[str]], negative: Row
) -> str | None:
    """`red apple` -> `Is the apple red?`, as the caption names the apple."""
    member = {form: member for member, forms in group.items() for form in forms}
    if negative["how"] == TONE:
        places = [_TONES.index(member[negative[side]]) for side in ("was", "becomes")]
        apart = abs(places[0] - places[1]) > 1
        return asking.is_so(_SKIN, member[fact]) if apart else None
    value = next((form for form in sorted(member, key=len) if fact.startswith(f"{form} ")), None)
    node = value and said.once(fact.removeprefix(f"{value} "))
    if not value or not node or not said.name(node):
        return None
    return asking.is_so(said.name(node), member[value], _plural(node))


def _plural(node: Row) -> bool:
    """Whether an object is several."""
    return node["quantifier"] is not None or node["text"].lower() != node["lemma"]


def _countable(said: Said, node: Row, seen: Seen) -> bool:
    """Whether an object is counted things to see: three dogs, not 8 ball, nor circles 3 pattern."""
    before = said.caption[: node["start"]].lower()
    number = node["quantifier"] or ""
    counted = number in before or NUMBERS.get(number, number) in before
    return counted and node["text"].lower() != node["lemma"] and seen(node["lemma"])
