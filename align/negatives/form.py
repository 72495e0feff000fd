"""What a negative is made of: pair, changed words, proof, twins, and what the attackers say."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from align.negatives import words as lexicon
from align.negatives.candidates import Candidate
from align.negatives.proof import Proof
from align.negatives.twins import Twin


class Pair(NamedTuple):
    """A pair in a language with words."""

    uid: str
    image: str
    lang: str  # primary subtag
    caption: str


class Negative(NamedTuple):
    """A caption that is false of its pair's picture."""

    pair: Pair
    candidate: Candidate
    proof: Proof
    twin: Twin
    signs: tuple[int, ...]  # of the attackers: in the caption's words, then in the twin's


def text(signs: Sequence[int]) -> str:
    """What attackers say, a sign each: `+0-0+000`."""
    return "".join("-0+"[sign + 1] for sign in signs)


def draw(*names: str) -> float:
    """A number in [0, 1) that follows from names alone."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def words(lang: str) -> lexicon.Words:
    """The words of a pair's language."""
    found = lexicon.of(lang)
    assert found is not None, lang
    return found
