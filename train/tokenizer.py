"""A snapshot's training captions in; the folder of a tokenizer, learnt from them or ready, out.

WordPiece splits words greedily into the longest pieces known (BERT); Unigram splits a text into the
likeliest pieces (Kudo, 2018; XLM-R), which need no spaces between words. Letter case is folded,
accents stay: many languages tell words apart by them. Captions of the languages that an epoch takes
are learnt from, as often as it takes them (`train/languages.py`): as XLM-R's, the vocabulary is not
the largest language's alone.
"""

import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
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
from curate.dataset.errors import ParamsError, WeightsError
from train import languages
from train.params import PretrainParams, Sampling, Vocabulary
from train.text import MARK, TOKENIZER_FILES

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
"""Special tokens by role, in the order of their ids."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WORD = 10_000  # characters that WordPiece splits: a caption without spaces is one word to it
_PARTED = normalizers.Replace("\u200b", " ")  # what parts words of Khmer, Thai or Burmese unseen
_LONGEST, _MOST = 16, 1_000_000  # characters of a piece, and candidates (SentencePiece's)
_TIMES = 10  # a caption of weight 1 is learnt from so often: weights count to a tenth


def folder(params: PretrainParams, source: Path, snapshot: Path, scratch: Path) -> Path:
    """Where the tokenizer lies that a run reads by.

    Args:
        params: of the run.
        source: folder of the network that initial weights come from, and its tokenizer.
        snapshot: whose training split one is learnt from, where one is to be learnt.
        scratch: a folder that it is then written to.

    Raises:
        ParamsError: initial weights are wished of words that another tokenizer knows, or a folder
            or a name is given that is not read, or the other way round.
        WeightsError: the hub, and the copy kept of it, have no such tokenizer.
    """
    wish = params.tokenizer
    for place, kind in (("folder", "folder"), ("name", "hub"), ("commit", "hub")):
        if (given := getattr(wish, place)) is not None and wish.kind != kind:
            raise ParamsError(
                f"tokenizer: {place} {given} is not read by {{kind: {wish.kind}}}; set kind: "
                f"{kind}, or leave it out"
            )
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
    if wish.kind == "hub":
        return _of_hub(wish)
    learn(captions(snapshot, params.sampling), wish, scratch)
    return scratch


def _of_hub(wish: Vocabulary) -> Path:
    """Where the tokenizer of a model on the hub lies, which is asked once for it."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if wish.name is None or not _COMMIT.fullmatch(wish.commit or ""):
        raise ParamsError(
            f"tokenizer: {{kind: hub}} needs name and commit, not {wish.name} and {wish.commit}: "
            "{name: OWNER/NAME, commit: 40 hexadecimal digits, as the hub's page of its files says}"
        )
    try:
        files = [hf_hub_download(wish.name, f, revision=wish.commit) for f in TOKENIZER_FILES]
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise WeightsError(
            f"the hub gives no tokenizer of {wish.name} at {wish.commit}: {error}; check both, or "
            f"bring {' and '.join(TOKENIZER_FILES)} here and set {{kind: folder, folder: PATH}}"
        ) from error
    return Path(files[0]).parent


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

    make = _unigram if wish.kind == "unigram" else _wordpiece
    tokenizer = make(sorted(" ".join(caption.split()) for caption in captions), wish.size)
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
        [_PARTED, normalizers.NFKC(), normalizers.BertNormalizer(strip_accents=False)]
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
    _fits(len(SPECIAL) + len(inner) + len({c for word in words for c in word}), size)
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=[*_special(), *inner], show_progress=False
    )
    tokenizer.train_from_iterator(captions, trainer)
    learnt = json.loads(tokenizer.to_str())["model"]["vocab"]
    unknown = SPECIAL["unk_token"]
    model = models.WordPiece(learnt, unk_token=unknown, max_input_chars_per_word=_WORD)
    clean = Tokenizer(model)  # in which inner characters are no special tokens
    clean.normalizer, clean.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    clean.decoder = tokenizer.decoder
    return clean


def _unigram(captions: list[str], size: int) -> Tokenizer:
    """Unigram, by the trainer of SentencePiece: that of tokenizers adds in no fixed order.

    The text is normalised as it will be when it is read. A piece that begins a word begins with a
    mark. Every part of a word may become a piece: the library's own choice lacks words that the
    same character always follows, as most do in captions.
    """
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    normalizer = normalizers.Sequence(
        [
            _PARTED,
            normalizers.NFKC(),
            normalizers.BertNormalizer(strip_accents=False, handle_chinese_chars=False),
        ]
    )
    texts = [" ".join(normalizer.normalize_str(caption).split()) for caption in captions]
    own = len(SPECIAL) - 1  # but for the one of what is unknown, which the library has, too
    _fits(own + 1 + len({MARK, *"".join(texts)} - {" "}), size)
    splitter = pre_tokenizers.Sequence(
        [pre_tokenizers.Punctuation(), pre_tokenizers.Metaspace(MARK, prepend_scheme="first")]
    )
    words = Counter(word for text in texts for word, _ in splitter.pre_tokenize_str(text))
    trained = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch:
        seeds = Path(scratch) / "seeds.tsv"
        seeds.write_text("".join(f"{p}\t{n}\n" for p, n in _parts(words)), encoding="utf-8")
        SentencePieceTrainer.train(
            sentence_iterator=iter(text for text in texts if text),
            model_writer=trained,
            model_type="unigram",
            vocab_size=size - own,
            hard_vocab_limit=False,  # fewer, where the captions give no more
            seed_sentencepieces_file=str(seeds),
            character_coverage=1.0,
            normalization_rule_name="identity",
            max_sentence_length=max(map(len, texts)) * 4 + 1,  # bytes
            num_threads=1,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            minloglevel=2,
        )
    learnt = SentencePieceProcessor(model_proto=trained.getvalue())
    pieces = [(learnt.id_to_piece(i), learnt.get_score(i)) for i in range(1, len(learnt))]
    vocabulary = [(token, 0.0) for token in SPECIAL.values()] + pieces
    model = models.Unigram(vocabulary, unk_id=list(SPECIAL).index("unk_token"))
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.Metaspace(MARK, prepend_scheme="first")
    return tokenizer


def _parts(words: Mapping[str, int]) -> list[tuple[str, int]]:
    """The parts that come twice of some words, given how often each comes.

    Those are first that cover most; at most `_MOST`.
    """
    found: Counter[str] = Counter()
    for word, number in words.items():
        for start in range(len(word)):
            for end in range(start + 2, min(len(word), start + _LONGEST) + 1):
                found[word[start:end]] += number
    twice = [part for part in found.items() if part[1] > 1]
    order = sorted(twice, key=lambda part: (-part[1] * len(part[0]), part[0]))
    return order[:_MOST]


def _fits(least: int, size: int) -> None:
    """Refuse a vocabulary that has no room for each character by itself."""
    if least > size:
        raise ParamsError(
            f"tokenizer.size {size} is too small: the captions' characters and the special tokens "
            f"are {least}"
        )


def _special() -> list[AddedToken]:
    return [AddedToken(token, special=True, normalized=False) for token in SPECIAL.values()]
