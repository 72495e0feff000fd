"""A caption, one that differs, and all that is said of the picture in; the fact that differs out.

Of English both captions are parsed: the facts that come and go must be one fact, its subject kept
(one attribute, count or relation; one object in all that is said of it; two that change places).
The new one must exclude the old one, and nothing said of the same picture may say it: not by a
synonym, nor by a more or less general word (WordNet), nor by the converse of a relation. Of other
languages, which have no graph of their own, the groups of words stand for facts: a picture of which
any caption, in any language, says the new member, or two members, has no negative in that group.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from align.negatives.candidates import Candidate
from align.negatives.words import Words
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact
from curate.dataset.wordnet import ADJECTIVE, NOUN, WordNet

_KINDS = {"count": COUNT, "few": COUNT, "many": COUNT, "person": OBJECT, "child": OBJECT}
_PLACES = {"side": RELATION, "height": RELATION, "depth": RELATION, "having": RELATION}
_CONVERSE = {
    "left of": "right of", "right of": "left of", "above": "under", "under": "above",
    "in front of": "behind", "behind": "in front of",
}  # fmt: skip
# if one thing is so to another, the other is not so to it
_ONE_WAY = frozenset(_CONVERSE) | {
    "on", "in", "inside", "ride", "wear", "hold", "carry", "eat", "drive", "pull", "push", "lift",
    "sit on", "stand on", "lie on", "throw", "read", "write", "climb", "row", "play", "feed",
}  # fmt: skip


class Proof(NamedTuple):
    """How a negative's fact differs."""

    kind: str  # object, attribute, relation or count
    was: str  # the fact that the caption states, in words
    becomes: str  # the one that the negative states instead
    rule: str  # why both cannot hold


class Known(NamedTuple):
    """All that is said of a picture.

    Attributes:
        facts: of the graphs of its English captions.
        nouns: all that these captions write and that can be a noun.
        members: group -> members that its captions say, in any language.
    """

    facts: frozenset[Fact]
    nouns: frozenset[str]
    members: Mapping[str, Collection[str]]


def members(captions: Iterable[tuple[str, Words]]) -> dict[str, set[str]]:
    """Group -> members that some captions say, each with the words of its language."""
    found: dict[str, set[str]] = {}
    for caption, words in captions:
        for said in words.said(caption):
            found.setdefault(said.group, set()).add(said.member)
    return found


def by_words(candidate: Candidate, known: Known) -> Proof | None:
    """Proof that one member of a group became another, and no caption says that one or a third."""
    if set(known.members.get(candidate.how, ())) != {candidate.was}:
        return None
    kind = {**_KINDS, **_PLACES}.get(candidate.how, ATTRIBUTE)
    rule = f"of {candidate.how}, one excludes the other"
    return Proof(kind, candidate.was, candidate.becomes, rule)


def by_facts(
    candidate: Candidate,
    gone: frozenset[Fact],
    come: frozenset[Fact],
    known: Known,
    database: WordNet,
) -> Proof | None:
    """Proof that what an English negative states cannot hold beside what its caption states.

    Args:
        candidate: the negative.
        gone: facts of the caption's graph that are none of the negative's.
        come: facts of the negative's graph that are none of the caption's.
        known: all that is said of the picture.
        database: WordNet.
    """
    if not gone or len(gone) != len(come):
        return None
    related = _Relatedness(database)
    if any(_said(fact, known.facts, related) for fact in come if fact.kind != OBJECT):
        return None
    if candidate.how == "noun" or _KINDS.get(candidate.how) == OBJECT:
        return _object(candidate, gone, come, known, related)
    if candidate.how == "objects":
        return _turned(gone, come)
    if candidate.how == "attributes":
        return _crossed(gone, come, known)
    (old, *more), (new, *_) = gone, come
    same = (old.kind, old.subject, old.target) == (new.kind, new.subject, new.target)
    if more or not same or by_words(candidate, known) is None:
        return None
    rule = f"of {candidate.how}, one excludes the other"
    return Proof(old.kind, old.words(), new.words(), rule)


def _object(
    candidate: Candidate,
    gone: frozenset[Fact],
    come: frozenset[Fact],
    known: Known,
    related: "_Relatedness",
) -> Proof | None:
    """One object became another in all that is said of it, and the picture names none like it."""
    old = next((f.subject for f in gone if f.kind == OBJECT), None)
    new = next((f.subject for f in come if f.kind == OBJECT), None)
    if old is None or new is None or {_renamed(f, old, new) for f in gone} != come:
        return None
    named = {f.subject for f in known.facts if f.kind == OBJECT} | known.nouns
    if any(related(new, name) for name in named - {old, *old.split()}):
        return None
    if candidate.how != "noun" and by_words(candidate, known) is None:
        return None
    return Proof(OBJECT, old, new, "two kinds of one kind, neither a kind of the other")


def _turned(gone: frozenset[Fact], come: frozenset[Fact]) -> Proof | None:
    """A relation that holds one way was turned around."""
    (old, *more), (new, *_) = gone, come
    turned = old._replace(subject=old.target or "", target=old.subject)
    if more or old.kind != RELATION or new != turned or old.value not in _ONE_WAY:
        return None
    return Proof(RELATION, old.words(), new.words(), "the relation holds one way only")


def _crossed(gone: frozenset[Fact], come: frozenset[Fact], known: Known) -> Proof | None:
    """Two things have exchanged attributes of one group."""
    if len(gone) != 2 or any(f.kind != ATTRIBUTE for f in gone | come):
        return None
    one, other = sorted(gone)
    crossed = {one._replace(value=other.value), other._replace(value=one.value)}
    alike = [g for g, said in known.members.items() if {one.value, other.value} == set(said)]
    if crossed != come or not alike:
        return None
    was = f"{one.words()}, {other.words()}"
    becomes = ", ".join(fact.words() for fact in sorted(come))
    return Proof(ATTRIBUTE, was, becomes, f"of {alike[0]}, one excludes the other")


def _said(fact: Fact, facts: frozenset[Fact], related: Callable[[str, str], bool]) -> bool:
    """Whether facts of the picture say a fact, in this or other words."""
    return any(_means(fact, other, related) or _means(fact, _converse(other), related)
               for other in facts if other.kind == fact.kind)  # fmt: skip


def _means(fact: Fact, other: Fact, related: Callable[[str, str], bool]) -> bool:
    if fact.value != other.value and not related(fact.value or "", other.value or ""):
        return False
    target = fact.target is None or related(fact.target, other.target or "")
    return target and related(fact.subject, other.subject)


def _converse(fact: Fact) -> Fact:
    """What a relation says seen from its other side; any that is not one-way is symmetric."""
    if fact.kind != RELATION or (fact.value in _ONE_WAY and fact.value not in _CONVERSE):
        return fact
    value = _CONVERSE.get(fact.value or "", fact.value)
    return Fact(RELATION, fact.target or "", value, fact.subject)


def _renamed(fact: Fact, old: str, new: str) -> Fact:
    subject = new if fact.subject == old else fact.subject
    return fact._replace(subject=subject, target=new if fact.target == old else fact.target)


class _Relatedness:
    """Whether two words may name one thing: the same, synonyms, or one a kind of the other."""

    def __init__(self, database: WordNet) -> None:
        self._database = database

    def __call__(self, one: str, other: str) -> bool:
        if one == other or one.split()[-1:] == other.split()[-1:]:
            return True
        return any(self._near(one, other, pos) for pos in (NOUN, ADJECTIVE))

    def _near(self, one: str, other: str, pos: str) -> bool:
        ours, theirs = (set(self._database.senses(word, pos)) for word in (one, other))
        if ours & theirs:
            return True
        if pos != NOUN:
            return False
        above = {a for sense in theirs for a in self._database.ancestors(sense)}
        below = {a for sense in ours for a in self._database.ancestors(sense)}
        return bool(ours & above or theirs & below)
