"""Measures of captions against references: CIDEr-D, BLEU, ROUGE-L, and how they are worded.

As COCO's evaluator has them (Chen et al., 2015), BLEU by sacrebleu (Post, 2018): of a whole
language, without smoothing. Words are `_tokens.words`. Each language is measured by itself, and
counts as much as any other in the means. SPICE needs a parser, see `align.evaluate_captions`.

What these do not see: `repeated_words` and `repeated_pairs` are the shares of a caption's words and
pairs of words that it said before (Welleck et al., 2020); `distinct_1` and `distinct_2` those that
are different of all captions' (Li et al., 2016); `length` how many words there are for each of the
references'; `unended` the share of captions that were cut off, or not written at all.
"""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

import pyarrow as pa
from sacrebleu.metrics.bleu import BLEU

from curate.dataset.errors import DataError
from train.tasks.metrics import _cider, _longest, _tally
from train.tasks.metrics._cider import Text
from train.tasks.metrics._tokens import words

_ORDERS = (1, 2, 3, 4)  # of BLEU


class _Told(NamedTuple):
    """A caption's words, those of its references, and whether it ended."""

    caption: Text
    references: tuple[Text, ...]
    ended: bool


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """All measures, of each language and as means of the languages.

    Args:
        examples: schema `examples.EXAMPLES`; their answers are the references.
        answers: schema `metrics.ANSWERS`; what was not answered is a caption without words.

    Raises:
        DataError: an example has no reference with words.
    """
    ended = [one for one, _ in _tally.paired(examples, answers, (), "ended")]
    told = defaultdict(list)
    for (answer, row), end in zip(
        _tally.paired(examples, answers, ("answers", "lang")), ended, strict=True
    ):
        lang = row["lang"]
        references = tuple(filter(None, (words(one, lang) for one in row["answers"])))
        if not references:
            raise DataError(f"example {row['example']!r} has no reference with words")
        whole = bool(answer if end is None else end)  # a baseline's says nothing of its end
        told[lang].append(_Told(words(answer or "", lang), references, whole))
    languages = {lang: _figures(told[lang]) for lang in sorted(told)}
    first = next(iter(languages.values()))
    means = {name: fmean(own[name] for own in languages.values()) for name in first}
    return means | {"examples": examples.num_rows, "languages": languages}


def _figures(told: Sequence[_Told]) -> dict[str, float]:
    captions, references = [one.caption for one in told], [one.references for one in told]
    own = sum(map(len, captions))
    theirs = fmean(len(text) for texts in references for text in texts)
    return {
        "cider": fmean(_cider.scores(captions, references)),
        **_bleu(captions, references),
        "rouge_l": fmean(map(_longest.score, captions, references)),
        "repeated_words": _repeated(captions, 1),
        "repeated_pairs": _repeated(captions, 2),
        "distinct_1": _distinct(captions, 1),
        "distinct_2": _distinct(captions, 2),
        "length": own / len(captions) / theirs,
        "unended": fmean(not one.ended for one in told),
        "examples": len(told),
    }


def _bleu(captions: Sequence[Text], references: Sequence[Sequence[Text]]) -> dict[str, float]:
    """BLEU up to each order, 0-1."""
    joined = [" ".join(caption) for caption in captions]
    streams: Any = [  # of references; of a picture with fewer, None
        [None if text is None else " ".join(text) for text in one]
        for one in itertools.zip_longest(*references)
    ]
    return {
        f"bleu_{order}": BLEU(
            max_ngram_order=order, tokenize="none", smooth_method="none", force=True
        )
        .corpus_score(joined, streams)
        .score
        / 100
        for order in _ORDERS
    }


def _repeated(captions: Sequence[Text], size: int) -> float:
    """The share of n-grams that their caption had before."""
    told = [_cider.grams(caption, size) for caption in captions]
    number = sum(map(len, told))
    return 1 - sum(len({*own}) for own in told) / number if number else 0.0


def _distinct(captions: Sequence[Text], size: int) -> float:
    """The share of different ones among the n-grams of all captions."""
    told = [gram for caption in captions for gram in _cider.grams(caption, size)]
    return len({*told}) / len(told) if told else 0.0
