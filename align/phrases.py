"""Tagged tokens in, noun phrases out: head, modifiers and quantity, each with its span.

A head of several words (`ice cream`, `traffic lights`) is the longest one at the phrase's end
that WordNet or the list below knows; words before it modify it.
"""

from typing import NamedTuple

from align.lexicon import NUMBERS, Lexicon
from align.tagger import NUMBERED, Token
from curate.dataset import wordnet

MEASURES = {
    "group", "pair", "bunch", "lot", "couple", "pile", "row", "stack", "herd", "flock", "piece",
    "slice", "number", "variety", "set", "crowd", "bit", "kind", "type", "cluster", "line", "sort",
    "collection", "handful", "series", "heap", "patch", "school", "pack", "array", "assortment",
    "team", "chunk", "clump", "swarm", "dozen", "ton", "load", "strip", "section", "part",
}  # fmt: skip
_COMPOUNDS = {
    "cell phone", "city bus", "city street", "eye glasses", "flag pole", "flower pot",
    "food truck", "game controller", "lamp post", "light fixture", "light pole", "light post",
    "paw print", "picnic table", "road sign", "sign post", "skate board", "skate park",
    "skin tone", "stop light", "stop sign", "street light", "table cloth", "traffic sign",
    "train car", "train track",
}  # fmt: skip
_COLOURS = {
    "white", "black", "red", "green", "blue", "yellow", "orange", "brown", "grey", "gray", "pink",
    "purple", "silver", "gold", "tan", "beige",
}  # fmt: skip
_COLOUR_WORDS = {"color", "colored", "colour", "coloured"}
_SHADES = {"dark", "light", "bright", "pale", "deep", "navy", "lime"}
_FREE = _COLOURS | _SHADES | {  # describe; never part of a name that WordNet holds
    "young", "old", "little", "big", "small", "large", "long", "short", "tall", "open", "high",
    "low", "top", "first", "second", "third", "front", "back", "side", "left", "right", "new",
    "plastic", "metal", "stone", "paper", "leather", "brick", "straw", "round", "folding",
}  # fmt: skip
_SAME_PLURAL = {"people", "sheep", "deer", "fish", "cattle", "aircraft", "series", "police"}
_LONGEST = 4  # words in a head


class Part(NamedTuple):
    """A modifier, or the head, of a noun phrase."""

    text: str
    lemma: str
    start: int
    end: int


class NounPhrase(NamedTuple):
    """`three very small red ice creams`."""

    head: Part
    modifiers: list[Part]
    quantifier: str | None  # digits where it is a number, else the word
    measure: bool  # may stand for a quantity of what follows `of`


class Description(NamedTuple):
    """Adjectives without a noun: `black and white` in `the cat is black and white`."""

    modifiers: list[Part]


Element = NounPhrase | Description | Token


def chunk(caption: str, tokens: list[Token], lexicon: Lexicon) -> list[Element]:
    """Noun phrases, descriptions, and between them the tokens that may relate them."""
    found: list[Element] = []
    i = 0
    while i < len(tokens):
        end = _phrase_end(tokens, i)
        if end == i:
            found.append(tokens[i])
            i += 1
        else:
            phrase = tokens[i:end]
            if _stands_alone(phrase, tokens[i - 1] if i else None):
                phrase[-1] = phrase[-1]._replace(tag="N")
            found += _build(caption, phrase, lexicon)
            i = end
    return found


def _stands_alone(phrase: list[Token], before: Token | None) -> bool:
    """Whether adjectives are a noun phrase of their own: `square` in `square with a dot`."""
    final = phrase[-1]
    if final.tag != "A" or "N" not in final.word.scores or any(t.tag == "N" for t in phrase):
        return False
    return before is None or before.tag in "XPVC" or phrase[0].tag == "D"


def _phrase_end(tokens: list[Token], i: int) -> int:
    """One past the last token of the phrase that starts at `i`; `i` where none does."""
    seen_noun = False
    j = i
    while j < len(tokens):
        tag, after = tokens[j].tag, tokens[j + 1].tag if j + 1 < len(tokens) else "X"
        if tag == "N":
            seen_noun = True
            if tokens[j].word.plural and after == "A":
                return j + 1
        elif tag in "DQ":
            adjective = j > i and "A" in tokens[j - 1].word.scores and tag == "Q"
            if (seen_noun and not adjective) or (tag == "D" and j > i):
                break
        elif tag == "A":
            if seen_noun and after not in "NA":
                break
        elif tag == "R":
            if seen_noun or after not in "AK":
                break
        elif tag in "GK":
            if seen_noun or j == i or after not in "NA":
                break
        elif tag == "C" or tokens[j].text == ",":
            if not (j > i and tokens[j - 1].tag == "A" and after in "AK" and not seen_noun):
                break
        else:
            break
        j += 1
    return j


def _build(caption: str, tokens: list[Token], lexicon: Lexicon) -> list[Element]:
    last = max((i for i, t in enumerate(tokens) if t.tag == "N"), default=-1)
    if last < 0:
        modifiers, _ = _read_modifiers(caption, tokens, counts=True)
        return [Description(modifiers)] if modifiers else []
    if last == 0 and tokens[0].text in ("left", "right"):  # tilted left: nothing one can see
        return _build(caption, tokens[1:], lexicon) if tokens[1:] else []
    named = last > 0 and tokens[last - 1].text in NUMBERED  # the letter K
    last -= named
    first, lemma = _head(tokens, last, lexicon)
    before = tokens[first - 1] if first else None
    counts = (
        lemma.split()[-1] != tokens[last].text
        or lemma in _SAME_PLURAL
        or (before is not None and before.tag == "Q" and not before.text.isdecimal())
    )
    modifiers, quantifier = _read_modifiers(caption, tokens[:first], counts)
    if named:
        modifiers.append(_part(caption, [tokens[last + 1]]))
    head = _part(caption, tokens[first : last + 1], lemma)
    found: list[Element] = [NounPhrase(head, modifiers, quantifier, lemma in MEASURES)]
    if rest := tokens[last + 1 + named :]:
        found += _build(caption, rest, lexicon)
    return found


def _read_modifiers(
    caption: str, tokens: list[Token], counts: bool
) -> tuple[list[Part], str | None]:
    """Modifiers and quantity before a head; `counts` is false where a number may not be its own.

    The number in `two street lights` is of the lights, that in `a 25 cent coin` of the cents,
    and that in `0002 pattern` a name.
    """
    modifiers: list[Part] = []
    quantifier: str | None = None
    pending: list[Token] = []  # what may join the next word: very, dark, 25
    for token in tokens:
        if token.text in _COLOUR_WORDS and modifiers and modifiers[-1].text.lower() in _COLOURS:
            continue
        counting = token.tag == "Q" or token.text == "no"
        if counting and (counts or not _numeric(token)):
            quantifier = NUMBERS.get(token.text, token.text)
        elif counting or token.tag == "R" or (token.text in _SHADES and not pending):
            pending.append(token)
        elif token.tag in "AGKN":
            joins = pending and (pending[-1].tag in "RQ" or token.text in _COLOURS)
            if not joins:
                modifiers += _left_over(caption, pending)
            modifiers.append(_part(caption, [*pending, token] if joins else [token]))
            pending = []
        else:
            modifiers += _left_over(caption, pending)
            pending = []
    return modifiers + _left_over(caption, pending), quantifier


def _left_over(caption: str, pending: list[Token]) -> list[Part]:
    return [_part(caption, [token]) for token in pending if token.tag not in "RQ"]


def _numeric(token: Token) -> bool:
    return NUMBERS.get(token.text, token.text) not in ("1", "0") and (
        token.text in NUMBERS or token.text.isdecimal()
    )


def _head(tokens: list[Token], last: int, lexicon: Lexicon) -> tuple[int, str]:
    """First token of the head that ends at `last`, and its lemma."""
    for first in range(max(0, last - _LONGEST + 1), last):
        words = tokens[first : last + 1]
        if any(t.tag not in "NA" for t in words) or _describes(words[0]):
            continue
        text = " ".join(t.text for t in words)
        bases = lexicon.database.base_forms(text, wordnet.NOUN)
        if not bases:
            bases = [" ".join([*(t.text for t in words[:-1]), _lemma(words[-1])])]
            if bases[0] not in _COMPOUNDS:
                continue
        return first, bases[0]
    return last, _lemma(tokens[last]) if last >= 0 else ""


def _describes(token: Token) -> bool:
    return token.text in _FREE and (token.tag == "A" or token.text not in _SHADES)


def _lemma(token: Token) -> str:
    return token.word.lemmas.get("N", token.text)


def _part(caption: str, tokens: list[Token], lemma: str | None = None) -> Part:
    start, end = tokens[0].start, tokens[-1].end
    if lemma is None:
        final = tokens[-1]
        key = {"N": "N", "A": "A"}.get(final.tag, "V")
        words = [t.text for t in tokens[:-1]]
        lemma = " ".join([*words, final.word.lemmas.get(key, final.text)])
    return Part(caption[start:end], lemma, start, end)
