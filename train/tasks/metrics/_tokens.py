"""A text in; its words, as measures of captions compare them, out.

In small letters and without punctuation, as COCO's evaluator has them of its tokenizer, which knows
English alone: a hyphen joins, an apostrophe parts. Where words have no spaces between them, each
letter is one.
"""

from curate.dataset.words import words as words_of


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(words_of(text.casefold(), "-"))
