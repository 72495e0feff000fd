"""An English caption and its scene graph in; its noun phrases and what stands between them out.

A grammar that rewrites needs to know that it has understood every word around what it moves.
What is between two phrases is therefore read only where it is exactly a relation of the graph,
or a word that joins; anything else (`None`) bars the forms that would have to understand it.
"""

import itertools
import re
from typing import Any, NamedTuple

from augment.facts import Graph
from augment.rewriting.english import NUMBERS

Row = dict[str, Any]
JOIN = "and"
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?P<determiner>an?|the)\s+)?(?:(?<!\w)(?P<number>{'|'.join(sorted(NUMBERS))})\s+)?$",
    re.IGNORECASE,
)


class Phrase(NamedTuple):
    """A noun phrase: `a small red hat`."""

    node: int
    start: int  # of its determiner, number, first attribute or head, whichever comes first
    described: int  # where its attributes, or else its head, begin
    end: int  # one past the head
    determiner: str  # a, an, the; empty where there is none, or it is another
    number: str  # two to twelve, as written
    head: str  # text
    lemma: str
    before: tuple[Row, ...]  # attributes that stand before the head
    after: tuple[Row, ...]  # and those that follow somewhere

    @property
    def plural(self) -> bool:
        """Whether the head is written otherwise than its lemma, or is counted."""
        return bool(self.number) or self.head.lower() != self.lemma


class Gap(NamedTuple):
    """What stands between two phrases: a relation of the graph, `and`, or nothing understood."""

    start: int
    end: int
    edges: tuple[Row, ...]  # of the relation; none where it joins or is not understood
    joins: bool


class Reading(NamedTuple):
    """A caption as a row of phrases, `gaps[i]` between `phrases[i]` and the next one."""

    caption: str
    phrases: tuple[Phrase, ...]
    gaps: tuple[Gap, ...]
    edges: tuple[Row, ...]

    @property
    def ending(self) -> str:
        """What follows the last phrase."""
        return self.caption[self.phrases[-1].end :] if self.phrases else self.caption


def read(caption: str, graph: Graph) -> Reading | None:
    """The phrases of a caption; None where the graph does not lie in it as it should."""
    texts = [caption[row["start"] : row["end"]] == row["text"] for row in graph.nodes]
    if not graph.nodes or not all(texts):
        return None
    phrases = [_phrase(caption, graph, row) for row in graph.objects()]
    phrases.sort(key=lambda phrase: phrase.start)
    if any(a.end > b.start for a, b in itertools.pairwise(phrases)):
        return None
    gaps = tuple(_gap(caption, graph, a, b) for a, b in itertools.pairwise(phrases))
    return Reading(caption, tuple(phrases), gaps, tuple(graph.edges))


def _phrase(caption: str, graph: Graph, head: Row) -> Phrase:
    own = sorted((n for n in graph.nodes if n["parent"] == head["node"]), key=lambda n: n["start"])
    before = tuple(n for n in own if n["end"] <= head["start"])
    described = before[0]["start"] if before else head["start"]
    found = _BEFORE.search(caption[:described])
    return Phrase(
        node=head["node"],
        start=found.start() if found else described,
        described=described,
        end=head["end"],
        determiner=(found and found["determiner"]) or "",
        number=(found and found["number"]) or "",
        head=head["text"],
        lemma=head["lemma"],
        before=before,
        after=tuple(n for n in own if n["start"] >= head["end"]),
    )


def _gap(caption: str, graph: Graph, left: Phrase, right: Phrase) -> Gap:
    between = caption[left.end : right.start]
    start, end = left.end, right.start
    joins = between.strip() == JOIN
    edges = tuple(
        edge
        for edge in graph.edges
        if start <= edge["start"] and between.strip() == edge["relation"] and edge["end"] <= end
    )
    return Gap(start, end, edges, joins)
