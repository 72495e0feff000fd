"""Captions in; a tokenizer learnt from them, and captions as rows of token ids, out.

Byte-level BPE (Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units",
ACL 2016; bytes as in GPT-2): no text of any language is unknown to it.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

PAD, UNKNOWN, START, END, MASK = range(5)  # ids of the special tokens, as in SPECIAL
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def learn(captions: Iterable[str], size: int) -> Tokenizer:
    """Learn a tokenizer; equal captions give an equal one, in whatever order they come.

    Args:
        captions: texts to learn from.
        size: tokens in the vocabulary at most; at least the 261 of bytes and special tokens.

    Returns:
        A tokenizer that folds case and frames each caption by [CLS] and [SEP].
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(captions), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", START), ("[SEP]", END)]
    )
    return tokenizer


def parts(tokenizer: Tokenizer) -> dict[int, tuple[int, int]]:
    """The two tokens that each token was merged from; those of one byte have none."""
    number = tokenizer.get_vocab()
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return {number[a + b]: (number[a], number[b]) for a, b in merges}


def pretrained(tokenizer: Tokenizer, context: int) -> Any:
    """The tokenizer as transformers saves and loads it, cut to `context` tokens."""
    from transformers import PreTrainedTokenizerFast

    roles = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=context,
        **dict(zip(roles, SPECIAL, strict=True)),
    )


def framed(bodies: Sequence[Sequence[int]], context: int) -> np.ndarray:
    """Token ids between start and end token, padded.

    Args:
        bodies: B captions as ids without special tokens.
        context: tokens in a row at most; a longer caption is cut.

    Returns:
        (B, T) int64, T the longest caption with its two special tokens.
    """
    cut = [body[: context - 2] for body in bodies]
    rows = np.full((len(cut), max(map(len, cut), default=0) + 2), PAD, np.int64)
    for row, body in zip(rows, cut, strict=True):
        row[0], row[1 : len(body) + 1], row[len(body) + 1] = START, body, END
    return rows
