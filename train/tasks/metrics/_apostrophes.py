"""Contractions that lack an apostrophe, and as VQA's evaluator mends them.

Every one here was held against the table in the evaluator; its entries in capitals are not here,
since it asks for words in small letters only.
"""

_ENDINGS = {  # what a word may end with -> the words
    "n't": """ai are ca could did does do had has have is might must need ought sha should was were
    wo would""",
    "'ve": "could might must not should they we what where who would you",
    "n't've": "could had might should would",
    "'d": "he how it someone something there they where who you",
    "'d've": "he it she somebody someone something there they we who you",
    "'ll": "how it somebody someone something they what who why you",
    "'s": "he how somebody someone that there what when where who why",
    "'re": "there they what why you",
}
_OTHERS = ("ma'am", "o'clock", "'ow's'at", "'twas", "y'all", "y'all'll", "y'all'd've")


def _lacking(word: str) -> list[str]:
    """A word with each of its apostrophes left out in turn."""
    return [word[:at] + word[at + 1 :] for at, sign in enumerate(word) if sign == "'"]


_WORDS = [word + end for end, words in _ENDINGS.items() for word in words.split()] + [*_OTHERS]
CONTRACTIONS = {lacking: word for word in _WORDS for lacking in _lacking(word)} | {
    "somebody'd": "somebodyd"  # the evaluator has these two the wrong way round
}
