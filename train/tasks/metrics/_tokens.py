"""A text in; its words, as measures of captions compare them, out.

In small letters and without punctuation. English is parted as COCO's evaluator parts it; of other
languages, which its tokenizer does not know, a hyphen joins, an apostrophe parts, and where words
have no spaces between them each letter is one.
"""

from curate.dataset.words import words as words_of
from train.tasks.metrics import _penn


def words(text: str, lang: str) -> tuple[str, ...]:
    """The words of a text in a language, told by its BCP-47 tag."""
    if lang.split("-")[0] == "en":
        return _penn.words(text)
    return tuple(words_of(text.casefold(), "-"))
