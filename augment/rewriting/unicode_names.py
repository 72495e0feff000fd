"""Forms for Unicode's names of emoji: `<who>: <feature>, <feature>` and `flag: <name>`."""

import re
from collections.abc import Iterator

from augment.rewriting.edits import Edit
from augment.rewriting.english import article, spelt
from augment.rewriting.forms import Rewrite, Words
from augment.rewriting.meanings import PEOPLE
from augment.rewriting.reading import Reading
from curate.dataset.wordnet import NOUN

_BEARER = re.compile(r"(?P<what>flag): (?P<name>[A-Z][^&:,(]*)")
_THE = re.compile(r"(Islands|Republic|States|Kingdom|Emirates|Philippines|Netherlands|Bahamas)$")
_FEATURES = re.compile(r"(?P<whole>[^:,;.()]+): (?P<parts>[^:;.()]+)")


def features(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """`<who>: <feature>, <feature>` as a noun phrase with `with`."""
    match = _FEATURES.fullmatch(reading.caption)
    marks = [edge for edge in reading.edges if edge["relation"] == ":"]
    if not match or not marks or len({edge["source"] for edge in marks}) != 1:
        return
    colon = match.end("whole")
    within = [p for p in reading.phrases if p.start < colon]
    said = [p.node for p in reading.phrases if p.start > colon]
    bearer = next((p for p in within if p.node == marks[0]["source"]), None)
    listed = {edge["target"] for edge in marks if edge["lemma"] == "with"}
    whole = match["whole"]
    if bearer is None or bearer.start or listed != set(said) or any(p.after for p in within):
        return
    if words.field(bearer) != PEOPLE or bearer.plural or not spelt(whole):
        return
    insert = f" with {' and '.join(part.strip() for part in match['parts'].split(','))}"
    rest = whole[bearer.end :]
    if rest and not re.match(r" [a-z]+ing ", rest):
        return
    yield Rewrite(
        (Edit(0, len(reading.caption), f"{article(whole)} {whole[: bearer.end]}{insert}{rest}"),),
        {"edges": [edge["edge"] for edge in marks], "means": "with"},
    )


def bearer(reading: Reading, words: Words) -> Iterator[Rewrite]:
    """`flag: <name>` as `flag of <name>`, of names that WordNet holds."""
    match = _BEARER.fullmatch(reading.caption)
    name = match["name"] if match else ""
    plain = not name.startswith("New ") and " of " not in name
    if match and plain and words.database.base_forms(name, NOUN) == [name.lower()]:
        the = "the " if _THE.search(match["name"]) else ""
        colon = match.end("what")
        edit = Edit(colon, match.start("name"), f" of {the}")
        yield Rewrite((edit,), {"edges": [e["edge"] for e in reading.edges], "means": "of"})
