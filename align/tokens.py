"""A caption in, its words and marks out, each with its characters and what the lexicon knows of it.

A quotation is one token. Other than `align.tagger`, no words are joined: the trained parser labels
every word of a caption.
"""

from align.lexicon import Lexicon
from align.tagger import Token, split

LONGEST = 64  # tokens that are read at once; what follows is read for itself
_ENDS = {".", "!", "?", ";", ":", "(", ")", "|"}


def sentences(caption: str, lexicon: Lexicon) -> list[list[Token]]:
    """Tokens of a caption, parted at the ends of its sentences, whose marks are left out."""
    found: list[list[Token]] = [[]]
    for token in split(caption, lexicon):
        if token.text in _ENDS or len(found[-1]) == LONGEST:
            found.append([])
        if token.text not in _ENDS:
            found[-1].append(token)
    return [tokens for tokens in found if tokens]
