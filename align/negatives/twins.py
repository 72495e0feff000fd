"""A caption and its negative in, the same two said in other words out: hard positives.

A model that learns negatives alone learns to shun any change; a twin is a change, too, and stays
true. The negative is given in the twin's words as well, so that these tell nothing either. A word
becomes one that means the same (`lexicon/<language>.toml`, [same]), the members of a conjunction
change places (English, where the graph says they are equal), or the caption is put in a frame
(`picture of ...`), the way out where nothing else is known.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from align.negatives.candidates import Edit, applied
from align.negatives.words import Words
from align.scenegraph import OBJECT, Graph

WORD, ORDER, FRAME = "word", "order", "frame"
_ARTICLE = re.compile(r"(?:^|\s)(?P<article>(?:an?|the)\s+)$")
_AND = re.compile(r"\s+and\s+")


class Twin(NamedTuple):
    """Two captions said in other words."""

    how: str  # word, order or frame
    caption: str  # as true as the one that it is made of
    negative: str  # as false as the one that it is made of


def by_words(caption: str, negative: str, words: Words) -> Iterator[Twin]:
    """A word that both have becomes one that means the same."""
    theirs = dict(_reworded(negative, words))
    for change, text in _reworded(caption, words):
        if change in theirs:
            yield Twin(WORD, text, theirs[change])


def by_order(caption: str, graph: Graph, negative: str, other: Graph) -> Iterator[Twin]:
    """Two objects joined by `and` change places, in the caption and in its negative."""
    ours, theirs = _turned(caption, graph), _turned(negative, other)
    if ours is not None and theirs is not None:
        yield Twin(ORDER, ours, theirs)


def framed(caption: str, negative: str, words: Words, draw: float) -> Twin:
    """Both in one of the language's frames, by a draw (0 up to 1)."""
    frame = words.frames[int(draw * len(words.frames))]
    return Twin(FRAME, _in_frame(caption, frame), _in_frame(negative, frame))


def _reworded(caption: str, words: Words) -> Iterator[tuple[tuple[str, str], str]]:
    """(word, what it becomes) and the caption with it."""
    for start, end, text in words.equals(caption):
        said = caption[start:end]
        cased = text[:1].upper() + text[1:] if said[:1].isupper() and not text.isupper() else text
        yield (said.lower(), text), applied(caption, [Edit(start, end, cased)])


def _turned(caption: str, graph: Graph) -> str | None:
    """A caption that is two objects joined by `and`, with the second one first."""
    objects = [i for i, node in enumerate(graph.nodes) if node.kind == OBJECT]
    starts = {i: graph.nodes[i].start for i in objects}
    for node in graph.nodes:
        if node.parent in starts:
            starts[node.parent] = min(starts[node.parent], node.start)
    for number, start in starts.items():
        if article := _ARTICLE.search(caption, 0, start):
            starts[number] = article.start("article")
    for one, other in itertools.pairwise(objects):
        start, end = starts[one], graph.nodes[other].end
        first = caption[start : graph.nodes[one].end]
        second = caption[starts[other] : end]
        between = caption[graph.nodes[one].end : starts[other]]
        whole = start == 0 and end == len(caption.rstrip(" ."))
        if whole and caption[:end].islower() and _AND.fullmatch(between):
            return f"{second}{between}{first}{caption[end:]}"
    return None


def _in_frame(caption: str, frame: str) -> str:
    """A caption in a frame, without a full stop of its own where the frame goes on behind it."""
    inside = caption if frame.endswith("{caption}") else caption.rstrip(".。")
    return frame.replace("{caption}", inside)
