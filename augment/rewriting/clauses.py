"""Forms that add a clause: an attribute or a place said of its noun, and `there is`."""

import itertools
import re
from collections.abc import Iterator

from augment.rewriting.edits import Edit
from augment.rewriting.english import agreeing, article, lowered, raised, spelt
from augment.rewriting.forms import Rewrite, Words, between, only_edge, own_plural
from augment.rewriting.meanings import ANIMALS, PEOPLE, THINGS, acting, predicable
from augment.rewriting.reading import Reading, Row
from curate.dataset.wordnet import NOUN

_PLACES = frozenset(
    ("on", "under", "above", "behind", "beside", "near", "inside", "between", "next to")
)
_PREPOSITIONS = _PLACES | frozenset(
    ("with", "without", "in", "of", "over", "below", "beneath", "next", "to", "from", "into")
)
_END = re.compile(r"\s*[.!]?\s*")


def relative(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """An attribute becomes a relative clause, where nothing follows in its sentence."""
    for phrase in reading.phrases:
        if not phrase.before or phrase.after or phrase.number or own_plural(phrase):
            continue
        if not _END.fullmatch(reading.caption, phrase.end):
            continue
        first, *others = phrase.before
        said_end = others[0]["start"] if others else phrase.end - len(phrase.head)
        said = reading.caption[first["start"] : said_end].strip()
        if said != first["text"]:  # red and white, very old
            said_end = phrase.end - len(phrase.head)
            said, others = reading.caption[first["start"] : said_end].strip(), []
        described = [row for row in phrase.before if row["start"] < said_end]
        named = reading.caption[phrase.described : phrase.end]  # red fox
        fit = all(_said_of(row["text"], words) for row in described)
        fit = fit and not words.database.known(named, NOUN)
        lower = lowered(reading.caption[phrase.start : phrase.end])
        if not fit or phrase.determiner.lower() not in ("a", "an") or lower is None or "," in said:
            continue
        rest = reading.caption[said_end : phrase.end]
        determiner = agreeing(phrase.determiner, rest)
        clause = f"{words.pronoun(phrase)} {'are' if phrase.plural else 'is'} {said}"
        yield Rewrite(
            (Edit(phrase.start, phrase.end, f"{determiner} {rest} {clause}"),),
            {"node": phrase.node, "attributes": [row["node"] for row in described]},
        )


def clause(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """What follows the first phrase at once, a place or an act in -ing, as a relative clause."""
    listing = ":" in reading.caption
    for gap, phrase, target in itertools.islice(between(reading), 0 if listing else 1):
        edge = only_edge(gap.edges, phrase, target)
        if edge is None or phrase.start or phrase.after or own_plural(phrase):
            continue
        word, _, rest = edge["relation"].partition(" ")
        act = word.endswith("ing") and acting(words.database, word) and rest in ("", "on", "in")
        place = edge["lemma"] in _PLACES and words.field(target) in THINGS
        if (act or place) and (phrase.determiner or phrase.number or words.field(phrase) == PEOPLE):
            insert = f" {words.pronoun(phrase)} {'are' if phrase.plural else 'is'}"
            yield Rewrite((Edit(phrase.end, phrase.end, insert),), {"edge": edge["edge"]})


def existential(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """`There is` before a caption that is one noun phrase, however long."""
    if not reading.phrases or not _END.fullmatch(reading.ending):
        return
    first = reading.phrases[0]
    if first.start != 0 or own_plural(first) or any(p.after for p in reading.phrases):
        return
    if not all(gap.joins or (gap.edges and _nominal(gap.edges[0])) for gap in reading.gaps):
        return
    bare = not first.determiner and not first.number
    named = bare and (words.field(first) not in (PEOPLE, ANIMALS) or first.plural)
    inside = lowered(reading.caption)
    if named or inside is None or first.determiner.lower() == "the":
        return
    if bare:
        if not spelt(reading.caption[: first.end]):
            return
        inside = f"{article(inside)} {inside}"
    verb = "are" if first.plural else "is"
    frame = f"there {verb} {inside}"
    if reading.caption[0].isupper():
        frame = raised(frame)
    proof = {"graph": "the same", "roots": [first.node]}
    yield Rewrite((Edit(0, len(reading.caption), frame),), proof)


def _said_of(text: str, words: Words) -> bool:
    return spelt(text) and predicable(words.database, text)


def _nominal(edge: Row) -> bool:
    """Whether a relation leaves its phrase a noun phrase: no finite verb in it."""
    word = edge["relation"].lower().split()[0]
    verb = edge["lemma"].split()[0]
    return word.endswith("ing") or (word == verb and verb in _PREPOSITIONS)
