"""A text in; its words, as measures of captions compare them, out.

In small letters and without punctuation, as COCO's evaluator has them of its tokenizer, which knows
English alone: a hyphen joins, an apostrophe parts. Where words have no spaces between them, each
character is one.
"""

import regex

from train.text import SPACELESS

_WORD = regex.compile(
    rf"{SPACELESS.pattern}\p{{M}}*|[\p{{L}}\p{{M}}\p{{N}}]+(?:-[\p{{L}}\p{{N}}]+)*"
)


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(_WORD.findall(text.casefold()))
