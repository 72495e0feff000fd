"""English text in; how many bits a letter of it costs in the words of CLIP's captions, out.

The model is a unigram one over the vocabulary of byte pairs that `open_clip` carries (Radford et
al., "Learning transferable visual models from natural language supervision", ICML 2021), learnt
from captions of the web: pairs stand in the order of how often they were met, and are taken to
follow Zipf's law. Words that people write are few long pieces of low rank, noise is many short
ones. Its words are English ones; of other languages it says nothing.
"""

import functools
import gzip
import math
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
_END = "</w>"
_BYTES = 512  # entries before the first pair: every byte, and every byte that ends a word
_PAIRS = 48_894  # of the file's lines, after a heading, that CLIP knows
_LEAST = 8  # characters that are judged
_NUMBER = re.compile(r"(?<![^\W_])\d+(?:[.,:/-]\d+)*")  # 737-800, 1,200.50, 12/24/2019
_RUN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def oddness(text: str) -> float | None:
    """Bits for each character that is no space, letter case aside; about 2 to 7 of a real caption.

    None of fewer than eight characters without the numbers: they say too little.
    """
    text = _NUMBER.sub(" ", text)
    characters = sum(not one.isspace() for one in text)
    if characters < _LEAST:
        return None
    ids = _tokenizer().encode(text.lower()).ids
    return sum(map(_bits, ids)) / characters


def vocabulary() -> Path:
    """The file of byte pairs, found without loading the library that carries it."""
    found = find_spec("open_clip")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("open_clip is not installed; install open-clip-torch")
    return Path(found.origin).with_name(VOCABULARY)


def _bits(number: int) -> float:
    """Of an entry: by Zipf's law that of its rank; a byte alone is as rare as the 3,000th pair."""
    rank = number - _BYTES + 1 if number >= _BYTES else 3000
    return math.log2(rank * math.log(_PAIRS))


@functools.cache
def _tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    lines = gzip.decompress(vocabulary().read_bytes()).decode().split("\n")[1 : _PAIRS + 1]
    pairs = [(first, second) for first, second in map(str.split, lines)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*letters, *(one + _END for one in letters), *map("".join, pairs)]
    numbers = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(numbers, pairs, end_of_word_suffix=_END))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_RUN), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer
