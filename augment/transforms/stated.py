"""What captions state of a picture: the one object that all name; facts of its mirror image."""

import re
from collections.abc import Sequence

from augment.facts import Graph
from curate.dataset.truth import Fact

_SIDE = re.compile(r"(?<![a-z])(left|right)(?=most|wards?|[^a-z]|$)")
_OTHER = {"left": "right", "right": "left"}


def alone(said: Sequence[Graph]) -> str | None:
    """The one object that all captions of a picture name, by its lemma; None where one names more.

    A plural or a number names several.
    """
    found = set()
    for graph in said:
        objects = graph.objects()
        one = len(objects) == 1 and objects[0]["quantifier"] in (None, "1")
        if not one or objects[0]["text"].casefold() != objects[0]["lemma"]:
            return None
        found.add(objects[0]["lemma"])
    return found.pop() if len(found) == 1 else None


def mirrored(fact: Fact) -> Fact:
    """The fact of the mirrored picture: the sides in its words swapped."""
    return Fact(
        fact.kind,
        _swapped(fact.subject),
        fact.value and _swapped(fact.value),
        fact.target and _swapped(fact.target),
    )


def _swapped(text: str) -> str:
    return _SIDE.sub(lambda side: _OTHER[side.group()], text)
