"""A caption in, its tokens out: words and marks with character spans and parts of speech.

Tags are chosen together, by the best path (Viterbi, 1967) through what the lexicon allows for
each word and how well tags follow one another in captions.
"""

import re
from typing import NamedTuple

from align.lexicon import Lexicon, Word

_TOKEN = re.compile(
    r"[\"“«‹„]([^\"“”«»‹›„]{1,60})[\"”»›]"  # a quotation is one token
    r"|['’]s\b|\d+(?:[.,]\d+)+|[^\W_]+(?:[-'’]{1,2}(?!s\b)[^\W_]+)*|[^\w\s]"
)
NUMBERED = {"letter", "number", "numeral", "digit"}  # followed by the sign itself
_NAME = Word({"N": 0.0}, {})
_STARTS = {
    "in", "on", "at", "to", "near", "by", "along", "from", "off", "over", "around",
}  # fmt: skip
_SIDES = {
    "the", "a", "an", "both", "either", "each", "other", "left", "right", "far", "top", "bottom",
    "front", "back", "lower", "upper",
}  # fmt: skip
_PLACES = {
    "front", "top", "side", "sides", "back", "middle", "center", "centre", "corner", "corners",
    "edge", "end", "bottom", "left", "right", "rear", "foot", "base", "tip",
}  # fmt: skip
_PAIRS = {
    "next to", "close to", "out of", "in between", "across from", "away from", "along with",
    "inside of", "outside of", "off of", "near to", "adjacent to", "such as", "because of",
    "instead of", "up to", "in to", "on to",
}  # fmt: skip
QUOTED = "quoted"  # tag of a quotation until it gets one of the following
TAGS = "DQAONVGKBRPCWSX"
# -10 log of how much likelier the tag of a column is after that of a row than anywhere, counted
# on FACTUAL's train split with the tags that its graphs show (Li et al., 2023; Visual Genome,
# CC BY 4.0; a finite verb never follows a determiner). Rows and columns as TAGS; first row: start
# of the caption, last column: its end.
_FOLLOWS = """
  -7 -14  -7  -9  -1  24  46  34  60   5  54  47  27  57  35  60
  54  16  -4  32  -8  60  51  29  16   7  47  50  35  37  51  60
  46  23  -3  31  -7  16  42  14  27  13  21  29  20   5  17  30
  60  38  -1  24  -7  23  38  23  44  11  21 -14  20  34   8  20
  30  32  40  21  30 -17  32   8 -26  -3  17  18 -15 -16 -13  -5
  37  30  30  29  15  -6  -7  -6  -8   6  -3  -4  -7  -8  -8  -7
  -5 -11  -5   2   8   3  36   5  12 -17  -4  12   0  30   9  11
  -3  10   4  18  12  26  41  59  46  -9 -13  15  25  47  19  24
  34  32  29  32  21  23  40  43  36  -7 -17  11  20  31  10  13
  13   0   1  24  25  14 -18 -19  25 -15  -8  49  18  29  36  60
  11  -3 -10 -14  23 -14   5 -16  11 -22  -1  -4 -10  12  -8  -1
 -12   3   2 -11   2   2  38  34  37   9  27  28   6  40  22  25
   7  -1 -16  -4   0   9   7  11  21   0  28  38   6   9  30  55
  -2   3  27 -21  13 -29  35  19 -24 -18  28   6  -3   8  18  45
  41  31   2  20  -6   1  36   7  29   2  28  13   8 -29  30  10
  33  11  15   3  32  22  32  26  51  -4  34   3   8  19  13 -17
"""
_ROWS = [[int(cell) / 10 for cell in row.split()] for row in _FOLLOWS.strip().splitlines()]
_COST = {(a, b): _ROWS[i][j] for i, a in enumerate("^" + TAGS) for j, b in enumerate(TAGS + "$")}


class Token(NamedTuple):
    """A word, mark or set phrase of a caption."""

    text: str  # lower case, without the quotation marks
    start: int  # characters from the caption's start
    end: int  # one past the last character
    tag: str  # see align.lexicon
    word: Word


def tag(caption: str, lexicon: Lexicon) -> list[Token]:
    """Tokens of an English caption, in order; `caption[start:end]` is each one as written."""
    tokens = _join_prepositions(split(caption, lexicon))
    tags = _best_path([token.word.scores for token in tokens])
    return [token._replace(tag=t) for token, t in zip(tokens, tags, strict=True)]


def split(caption: str, lexicon: Lexicon) -> list[Token]:
    """Tokens of a caption, no words joined, without tags but for `QUOTED`."""
    tokens = []
    for match in _TOKEN.finditer(caption):
        if (quoted := match.group(1)) is not None and quoted.strip():
            start = match.start(1) + len(quoted) - len(quoted.lstrip())
            text, word = quoted.strip(), Word({"A": 0.0, "N": -1.0}, {})
            tokens.append(Token(text, start, start + len(text), QUOTED, word))
        else:
            raw = match.group()
            word = lexicon.word(raw.lower())
            acronym = raw.isupper() and len(raw) > 1 and "O" in word.scores
            if acronym or (tokens and tokens[-1].text in NUMBERED and is_sign(raw)):
                word = _NAME
            tokens.append(Token(raw.lower(), match.start(), match.end(), "", word))
    return tokens


def is_sign(raw: str) -> bool:
    """Whether a word is a number or a letter: what may follow `the letter`, `number`."""
    return raw.isdecimal() or (len(raw) == 1 and raw.isalpha())


def _join_prepositions(tokens: list[Token]) -> list[Token]:
    """`on the left side of`, `next to` become one token each, articles left out of its text."""
    joined, i = [], 0
    while i < len(tokens):
        length = _phrase_length(tokens, i)
        if length > 1:
            parts = [t.text for t in tokens[i : i + length] if t.text not in ("the", "a", "an")]
            word = Word({"P": 0.0}, {})
            first, last = tokens[i], tokens[i + length - 1]
            joined.append(Token(" ".join(parts), first.start, last.end, "P", word))
        else:
            joined.append(tokens[i])
        i += length
    return joined


def _phrase_length(tokens: list[Token], i: int) -> int:
    if tokens[i].text in _STARTS:
        j = i + 1
        while j < len(tokens) and tokens[j].text in _SIDES:
            j += 1
        for place in (j, j - 1):  # `left` may be a side or the place itself
            inside = i < place < len(tokens) - 1
            if inside and tokens[place].text in _PLACES and tokens[place + 1].text == "of":
                return place + 2 - i
    if i + 1 < len(tokens) and f"{tokens[i].text} {tokens[i + 1].text}" in _PAIRS:
        return 2
    return 1


def _best_path(choices: list[dict[str, float]]) -> list[str]:
    best: dict[str, float] = {"^": 0.0}
    back: list[dict[str, str]] = []
    for scores in choices:
        now, origin = {}, {}
        for t, score in scores.items():
            cost, origin[t] = min((c + _COST[p, t], p) for p, c in best.items())
            now[t] = cost - score
        back.append(origin)
        best = now
    last = min(best, key=lambda t: (best[t] + _COST.get((t, "$"), 0.0), t))
    path = []
    for origin in reversed(back):
        path.append(last)
        last = origin[last]
    return path[::-1]
