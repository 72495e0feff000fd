"""The words between two phrases in, the relation that they name out: span, lemma, direction."""

from typing import NamedTuple

from align.tagger import Token

VERBAL = "VGKB"
_STATIC = {  # after these, `by` says where, not who
    "park", "stand", "sit", "lie", "lay", "walk", "grow", "run", "fly", "drive", "place", "go",
    "locate", "pass", "rest", "stop", "pose", "ride", "sleep", "hang", "wait", "stack",
}  # fmt: skip
_SAYS_NOTHING = {"see", "show", "picture", "call", "name", "use", "do", "be", "have", "can"}
_SAME = {  # prepositions that mean the same
    "underneath": "under", "beneath": "under", "below": "under", "atop": "on top of",
    "in between": "between", "inside of": "inside", "outside of": "outside", "off of": "off",
    "onto": "on", "on to": "on", "in to": "into", "near to": "near",
}  # fmt: skip


class Relation(NamedTuple):
    """A relation of some tokens."""

    lemma: str
    start: int
    end: int
    reversed: bool  # the passive: what comes second acts on what comes first
    verbal: bool  # it begins with a verb


def of_tokens(tokens: list[Token]) -> Relation | None:
    """The relation that tokens name; None where they only join (`is`) or there are none."""
    kept = core(tokens)
    if not kept or kept[0].tag == "B":
        return None
    words = [
        t.word.lemmas.get("V", t.text) if t.tag in "VGK" else _SAME.get(t.text, t.text)
        for t in kept
        if t.tag != "R"
    ]
    lemma = " ".join(words)
    verb, _, preposition = lemma.partition(" ")
    passive = kept[0].tag == "K" and (
        (preposition == "by" and verb not in _STATIC)
        or (preposition in ("with", "in") and verb == "cover")
    )
    name, verbal = verb if passive else lemma, kept[0].tag in "VGK"
    return Relation(name, kept[0].start, kept[-1].end, passive, verbal)


def core(tokens: list[Token]) -> list[Token]:
    """Those that count: from the last verb on, without auxiliaries and outer adverbs."""
    kept = list(tokens)
    verbs = [i for i, t in enumerate(kept) if t.tag in "VGK"]
    if verbs:
        kept = kept[verbs[-1] :]
    elif any(t.tag == "P" for t in kept):
        kept = [t for t in kept if t.tag == "P"]
    while kept and kept[-1].tag == "R":
        kept.pop()
    before_preposition = [t.tag == "P" for t in kept[1:]] + [False]
    return [
        token
        for token, inner in zip(kept, before_preposition, strict=False)
        if not (inner and token.text in ("up", "down"))  # lying down on
    ]


def state(tokens: list[Token]) -> Token | None:
    """The verb that, without an object, says how its subject is: `standing`, `sleeps`."""
    verbs = [t for t in core(tokens) if t.tag in "GK" or (t.tag == "V" and t.word.finite)]
    if not verbs or verbs[-1].word.lemmas.get("V") in _SAYS_NOTHING:
        return None
    return verbs[-1]
