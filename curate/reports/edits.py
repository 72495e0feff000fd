"""Two captions in; the words of each, marked where the other has not got them, out."""

import difflib
import re

_TOKENS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\W")  # scripts without spaces: characters
_LONGEST = 400  # tokens; what is compared takes time by their square and more

Words = list[tuple[str, bool]]
"""Pieces of a caption, each with whether it was edited; together they are the caption."""


def marked(before: str, after: str) -> tuple[Words, Words]:
    """Pieces of both captions; case does not count as an edit, nor do commas and spaces.

    Nothing is marked where one of them is longer than a few hundred words.
    """
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    if max(len(old), len(new)) > _LONGEST:
        return [(before, False)] * bool(before), [(after, False)] * bool(after)
    folded = [[token.casefold() for token in tokens] for tokens in (old, new)]
    found = difflib.SequenceMatcher(None, folded[0], folded[1], autojunk=False)
    gone: Words = []
    came: Words = []
    for kind, i, j, k, m in found.get_opcodes():
        for words, tokens in ((gone, old[i:j]), (came, new[k:m])):
            text = "".join(tokens)
            if text:
                words.append((text, kind != "equal" and any(c.isalnum() for c in text)))
    return gone, came
