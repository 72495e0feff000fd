"""The facts of two captions in, the one in which they differ out."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from augment.facts import renamed
from curate.dataset.truth import OBJECT, RELATION, Fact


class Difference(NamedTuple):
    """The one fact in which two captions differ: its kind, as it was, and as it becomes."""

    kind: str
    was: Fact
    becomes: Fact


def difference(was: Sequence[Fact], becomes: Sequence[Fact]) -> Difference | None:
    """The one fact in which two captions differ, or None where it is none or more than one.

    Another object takes all that is said of the one that it stands for: its name alone differs.
    """
    gone, new = Counter(was) - Counter(becomes), Counter(becomes) - Counter(was)
    if sum(gone.values()) == sum(new.values()) == 1:
        old, other = next(iter(gone)), next(iter(new))
        if old.kind == other.kind != OBJECT and old.subject == other.subject:
            return Difference(old.kind, old, other)
        if old.kind == other.kind == RELATION:
            return Difference(RELATION, old, other)
    lost = [fact for fact in gone if fact.kind == OBJECT]
    found = [fact for fact in new if fact.kind == OBJECT]
    if len(lost) == len(found) == 1:
        moved = Counter(renamed(fact, lost[0].subject, found[0].subject) for fact in was)
        if moved == Counter(becomes):
            return Difference(OBJECT, lost[0], found[0])
    return None
