"""A snapshot's training captions in; the folder of a WordPiece tokenizer learnt from them out.

Words are split greedily into the longest pieces known (BERT). Letter case is folded, accents stay:
many languages tell words apart by them. Captions of the languages that an epoch takes are learnt
from, as often as it takes them (`train/languages.py`): as XLM-R's, the vocabulary is not the
largest language's alone. A Unigram tokenizer is not learnt here, since the library's trainer adds
in no fixed order and gives other pieces each time; one that is ready (XLM-R's) can be a folder.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from train import languages
from train.params import PretrainParams, Sampling, Vocabulary

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
"""Special tokens by role, in the order of their ids."""
_TIMES = 10  # a caption of weight 1 is learnt from so often: weights count to a tenth


def folder(params: PretrainParams, source: Path, snapshot: Path, scratch: Path) -> Path:
    """Where the tokenizer lies that a run reads by.

    Args:
        params: of the run.
        source: folder of the network that initial weights come from, and its tokenizer.
        snapshot: whose training split one is learnt from, where one is to be learnt.
        scratch: a folder that it is then written to.

    Raises:
        ParamsError: initial weights are wished of words that another tokenizer knows.
    """
    wish = params.tokenizer
    if wish.kind == "initial":
        return source
    if params.initial != "none":
        raise ParamsError(
            f"initial: {params.initial} takes the words of {source}, which its own tokenizer "
            f"knows, not tokenizer: {{kind: {wish.kind}}}; set initial: none"
        )
    if wish.kind == "folder":
        if wish.folder is None:
            raise ParamsError("tokenizer: {kind: folder} needs the folder: {folder: PATH}")
        return Path(wish.folder)
    learn(captions(snapshot, params.sampling), wish, scratch)
    return scratch


def captions(snapshot: Path, sampling: Sampling) -> list[str]:
    """The training captions of a snapshot, each as often as its language weighs."""
    rows = tables.read(snapshot / record.MANIFEST_FILE, ["caption", "lang", "split"])
    rows = tables.rows_with(rows, "split", ["train"])
    weights = languages.weights(np.array(rows.column("lang").to_pylist(), str), sampling)
    times = np.ceil(_TIMES * weights).astype(int)
    said = rows.column("caption").to_pylist()
    return [c for c, number in zip(said, times, strict=True) for _ in range(number)]


def learn(captions: Sequence[str], wish: Vocabulary, folder: Path) -> None:
    """Learn a tokenizer and write it as Hugging Face's `save_pretrained` does.

    Equal captions give equal bytes, in whatever order they come.

    Raises:
        ParamsError: the vocabulary is too small for the captions' characters.
    """
    from transformers import PreTrainedTokenizerFast

    tokenizer = _wordpiece(sorted(" ".join(caption.split()) for caption in captions), wish.size)
    tokenizer.add_special_tokens(_special())
    start, end = (
        (token, tokenizer.token_to_id(token))
        for token in (SPECIAL["cls_token"], SPECIAL["sep_token"])
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start[0]} $A {end[0]}",
        pair=f"{start[0]} $A {end[0]} $B:1 {end[0]}:1",
        special_tokens=[start, end],
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL).save_pretrained(folder)


def _wordpiece(captions: list[str], size: int) -> Tokenizer:
    """WordPiece. The trainer numbers inner characters in no fixed order, so it is given them."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.BertNormalizer(strip_accents=False)]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    words = {
        word
        for caption in captions
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(
            tokenizer.normalizer.normalize_str(caption)
        )
    }
    inner = [f"##{character}" for character in sorted({c for word in words for c in word[1:]})]
    least = len(SPECIAL) + len(inner) + len({c for word in words for c in word})
    if least > size:
        raise ParamsError(
            f"tokenizer.size {size} is too small: the captions' characters and the special tokens "
            f"are {least}"
        )
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=[*_special(), *inner], show_progress=False
    )
    tokenizer.train_from_iterator(captions, trainer)
    learnt = json.loads(tokenizer.to_str())["model"]["vocab"]
    model = models.WordPiece(learnt, unk_token=SPECIAL["unk_token"])
    clean = Tokenizer(model)  # in which inner characters are no special tokens
    clean.normalizer, clean.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    clean.decoder = tokenizer.decoder
    return clean


def _special() -> list[AddedToken]:
    return [AddedToken(token, special=True, normalized=False) for token in SPECIAL.values()]
