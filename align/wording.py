"""Tokens of a thing, an attribute or a relation in, its base form and its characters out."""

from align.anchors import Run
from align.lexicon import Lexicon
from align.tagger import Token
from curate.dataset.wordnet import NOUN

_SIDES = {"left", "right", "other", "far"}
_CARRIED = {"the", "a", "an", "up", "down", "very"}  # within a relation's words


def thing_lemma(words: list[Token], lexicon: Lexicon) -> str:
    """Base form of a noun of one word or several."""
    text = " ".join(token.text for token in words)
    if len(words) > 1 and (bases := lexicon.database.base_forms(text, NOUN)):
        return bases[0]
    last = words[-1]
    return " ".join([*(t.text for t in words[:-1]), last.word.lemmas.get("N", last.text)])


def attribute_lemma(words: list[Token], *, after: bool) -> tuple[str, bool]:
    """Base form of an attribute, and whether it is a verb said of its thing.

    Args:
        words: its tokens.
        after: whether it stands after its thing: `a dog sleeping`, not `a sleeping dog`.
    """
    last = words[-1]
    scores = last.word.scores
    verbal = after and bool({"G", "K", "V"} & set(scores)) and "V" in last.word.lemmas
    if verbal and max(scores.get(tag, -99.0) for tag in "GKV") < scores.get("A", -99.0):
        verbal = False
    key = "V" if verbal else "A"
    base = last.word.lemmas.get(key, last.text)
    return " ".join([*(t.text for t in words[:-1]), base]), verbal


def told_by(
    tokens: list[Token], source: Run, target: Run, verb: int | None, rest: str
) -> list[Token]:
    """Tokens that tell of a relation: its words, else those between, else the second thing.

    Args:
        tokens: of the sentence.
        source: tokens of the first thing.
        target: tokens of the second.
        verb: token of the predicate's verb, if it has one.
        rest: its other words.
    """
    parts = set(rest.split())
    if verb is not None:
        last = verb
        for i in range(verb + 1, len(tokens)):
            if tokens[i].text in parts:
                last = i
            elif tokens[i].text not in _CARRIED:
                break
        return tokens[verb : last + 1]
    low, high = min(source[1], target[1]), max(source[0], target[0])
    told = [i for i in range(low, high) if tokens[i].text in parts]
    told = told or [i for i in range(low, high) if tokens[i].text not in _CARRIED]
    return tokens[told[0] : told[-1] + 1] if told else tokens[slice(*target)]


def only_joined(words: list[Token], rest: str) -> bool:
    """Whether nothing but `and` or a comma tells of a relation: the caption does not say it."""
    parts = set(rest.split())
    joined = any("C" in token.word.scores or token.text == "," for token in words)
    return joined and not any(token.text in parts for token in words)


def with_side(rest: str, words: list[Token]) -> str:
    """`on side of` with the side that the caption names: `on left side of`."""
    side = next((token.text for token in words if token.text in _SIDES), None)
    if side is None or not rest.endswith((" side of", " hand side of")) or side in rest.split():
        return rest
    first, _, last = rest.partition(" ")
    return f"{first} {side} {last}"
